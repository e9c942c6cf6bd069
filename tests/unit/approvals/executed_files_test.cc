#include "approvals/executed_files.h"

#include <doctest/doctest.h>

#include "src/base/digest.h"
#include "src/job/file_state.h"
#include "tests/support/fake_repositories.h"
#include "tests/support/memory_files.h"

namespace jobgate {
namespace {

using Argv = std::vector<std::string>;
using Hashes = std::map<std::string, std::string>;

const std::string kCommit(40, 'c');

Hashes HashesOf(MemoryFiles& files, const Argv& argv, const Argv& listed = {}) {
  auto hashes = HashExecutedFiles(StatesBelow(files, "/srv/app"), {argv, "/srv/app", listed});
  REQUIRE(hashes.has_value());
  return *std::move(hashes);
}

}  // namespace

TEST_CASE("executed files: the program and every argument that names a file inside the folder") {
  MemoryFiles files;
  files.files = {{"/srv/app/deploy.sh", "echo"}, {"/srv/app/sql/one.sql", "select 1"}};
  CHECK(HashesOf(files, {"./deploy.sh", "sql/../sql/one.sql", "--force", ""}) ==
        Hashes{{"deploy.sh", Sha256Hex("echo")}, {"sql/one.sql", Sha256Hex("select 1")}});
  CHECK(HashesOf(files, {"/srv/app/deploy.sh"}) == Hashes{{"deploy.sh", Sha256Hex("echo")}});
  CHECK(HashesOf(files, {"sh", "deploy.sh"}) == Hashes{{"deploy.sh", Sha256Hex("echo")}});
}

TEST_CASE("executed files: what lies outside of the folder is not looked at") {
  MemoryFiles files;
  files.files = {
      {"/bin/sh", "elf"}, {"/srv/application", "x"}, {"/srv/app/true", "not on the PATH"}};
  CHECK(HashesOf(files, {"/bin/sh", "../application", "/srv/application", "."}).empty());
  CHECK(HashesOf(files, {"true"}).empty());
}

TEST_CASE(
    "executed files: a missing program is known as missing, so that a later one is a change") {
  MemoryFiles files;
  CHECK(HashesOf(files, {"./deploy.sh", "plan.txt"}) == Hashes{{"deploy.sh", ""}});
}

TEST_CASE("executed files: those that are listed count, there or not") {
  MemoryFiles files;
  files.files = {{"/srv/app/lib.sh", "lib"}};
  CHECK(HashesOf(files, {"true"}, {"lib.sh", "gone.sh"}) ==
        Hashes{{"lib.sh", Sha256Hex("lib")}, {"gone.sh", ""}});
}

TEST_CASE("executed files: whether it may be executed is part of a file's state") {
  MemoryFiles files;
  files.files = {{"/srv/app/run", "x"}};
  files.programs = {"/srv/app/run"};
  CHECK(HashesOf(files, {"./run"}) == Hashes{{"run", Sha256Hex("x") + " executable"}});
}

TEST_CASE("executed files: a symbolic link is told as one, and never followed") {
  MemoryFiles files;
  files.links = {"/srv/app/run"};
  CHECK(HashesOf(files, {"./run"}) == Hashes{{"run", std::string(kFileIsLink)}});
}

TEST_CASE("executed files: one that is too large to be read refuses the request, by name") {
  MemoryFiles files;
  files.files = {{"/srv/app/image", std::string(kExecutedFileBytesMax + 1, 'x')}};
  const auto hashes =
      HashExecutedFiles(StatesBelow(files, "/srv/app"), {{"./image"}, "/srv/app", {}});
  REQUIRE(!hashes.has_value());
  CHECK(hashes.error().code == Code::kInvalidArgument);
  CHECK(hashes.error().message.find("/srv/app/image") != std::string::npos);
}

TEST_CASE("executed files: of a commit, from the job's place in it") {
  FakeRepositories repositories;
  repositories.repositories["/srv"].commits[kCommit] = {{"app/run", {"x", true}}, {"run", {"y"}}};
  const auto states = StatesInCommit(repositories, "/srv", kCommit, "app");
  CHECK(HashExecutedFiles(states, {{"./run", "../run"}, "/srv/app", {"more"}}).value() ==
        Hashes{{"run", Sha256Hex("x") + " executable"}, {"more", ""}});
  const auto presence = PresenceInCommit(repositories, "/srv", kCommit, "app");
  CHECK(HashExecutedFiles(presence, {{"./run", "other"}, "/srv/app", {"more"}}).value() ==
        Hashes{{"run", "there"}, {"more", ""}});
}

TEST_CASE("sealed argv: what names a file of the copy names the copy, the rest stays") {
  const Hashes files = {{"run", "hash"}, {"sql/one.sql", "hash"}};
  const Argv argv = {"./run", "/srv/app/sql/../sql/one.sql", "other", "--x=run", "run", "/srv/app"};
  CHECK(SealedArgv({argv, "/srv/app", {}}, files, "/seal") ==
        Argv{"/seal/run", "/seal/sql/one.sql", "other", "--x=run", "/seal/run", "/srv/app"});
  CHECK(SealedArgv({{"run"}, "/srv/app", {}}, files, "/seal") == Argv{"run"});
}

}  // namespace jobgate
