#include "approvals/executed_files.h"

#include <doctest/doctest.h>

#include "src/base/digest.h"
#include "tests/support/memory_files.h"

namespace jobgate {
namespace {

using Hashes = std::map<std::string, std::string>;

Hashes HashesOf(MemoryFiles& files, const std::vector<std::string>& argv) {
  auto hashes = HashExecutedFiles(files, argv, "/srv/app");
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

TEST_CASE("executed files: one that is too large to be read refuses the request, by name") {
  MemoryFiles files;
  files.files = {{"/srv/app/image", std::string(kExecutedFileBytesMax + 1, 'x')}};
  const auto hashes = HashExecutedFiles(files, {"./image"}, "/srv/app");
  REQUIRE(!hashes.has_value());
  CHECK(hashes.error().code == Code::kInvalidArgument);
  CHECK(hashes.error().message.find("/srv/app/image") != std::string::npos);
}

}  // namespace jobgate
