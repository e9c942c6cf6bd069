#include "src/git/libgit2_repositories.h"

#include <unistd.h>

#include "tests/support/git_repo.h"

namespace jobgate::git {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("repositories: a branch, a tag and a commit name one, and follow what moves") {
  const GitRepo repo;
  Libgit2Repositories repositories;
  const std::string first = repo.Commit();
  repo.Git({"tag", "-a", "v1", "-m", "annotated"});
  CHECK(repositories.Resolve(repo.path(), "main").value() == first);
  CHECK(repositories.Resolve(repo.path(), "v1").value() == first);
  CHECK(repositories.Resolve(repo.path(), first).value() == first);
  const std::string second = repo.Commit();
  CHECK(repositories.Resolve(repo.path(), "refs/heads/main").value() == second);
  CHECK(repositories.Resolve(repo.path(), "v1").value() == first);
}

TEST_CASE("repositories: an unknown ref, and one that names no commit, say what to do") {
  const GitRepo repo;
  Libgit2Repositories repositories;
  repo.Write("a", "x");
  repo.Commit();
  for (const char* ref : {"nowhere", "HEAD:a", "main..main", ""}) {
    CAPTURE(ref);
    const auto commit = repositories.Resolve(repo.path(), ref);
    REQUIRE(!commit);
    CHECK(commit.error().code == Code::kNotFound);
    CHECK(Contains(commit.error().message, "correct git.ref"));
  }
}

TEST_CASE("repositories: a folder that is none, or lies within one, is refused") {
  const GitRepo repo;
  const TempDir plain;
  repo.Write("sub/a", "x");
  Libgit2Repositories repositories;
  for (const std::string& folder : {plain.path(), plain / "missing", repo.path() + "/sub"}) {
    const auto commit = repositories.Resolve(folder, "main");
    REQUIRE(!commit);
    CHECK(Contains(commit.error().message, folder + " is no git repository"));
  }
  CHECK(!repositories.HasCommit(plain.path(), std::string(40, 'a')));
}

TEST_CASE("repositories: a bare one and a further work tree are repositories too") {
  const GitRepo repo;
  const TempDir other;
  const std::string commit = repo.Commit();
  repo.Git({"clone", "-q", "--bare", repo.path(), other / "bare"});
  repo.Git({"worktree", "add", "-q", "--detach", other / "tree"});
  Libgit2Repositories repositories;
  CHECK(repositories.Resolve(other / "bare", "main").value() == commit);
  CHECK(repositories.Resolve(other / "tree", "HEAD").value() == commit);
}

TEST_CASE("repositories: another user's is not trusted") {
  if (::geteuid() != 0) return;
  const GitRepo repo;
  repo.Commit();
  for (const std::string& path : {repo.path(), repo.path() + "/.git"})
    REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
  const auto commit = Libgit2Repositories().Resolve(repo.path(), "main");
  for (const std::string& path : {repo.path(), repo.path() + "/.git"})
    REQUIRE(::chown(path.c_str(), 0, 0) == 0);
  REQUIRE(!commit);
  CHECK(commit.error().code == Code::kForbidden);
  CHECK(Contains(commit.error().message, "safe.directory"));
}

TEST_CASE("repositories: where one comes from is told as git would use it") {
  const GitRepo repo;
  Libgit2Repositories repositories;
  CHECK(repositories.OriginUrl(repo.path()).empty());
  CHECK(repositories.OriginUrl(repo.path() + "/nowhere").empty());
  repo.Git({"remote", "add", "origin", "gh:o/r"});
  repo.Git({"config", "url.https://github.com/.insteadOf", "gh:"});
  CHECK(repositories.OriginUrl(repo.path()) == "https://github.com/o/r");
}

TEST_CASE("repositories: a commit is there until it is pruned") {
  const GitRepo repo;
  Libgit2Repositories repositories;
  repo.Commit();
  const std::string gone = repo.Commit();
  CHECK(repositories.HasCommit(repo.path(), gone));
  CHECK(!repositories.HasCommit(repo.path(), std::string(40, 'a')));
  CHECK(!repositories.HasCommit(repo.path(), "main"));
  repo.Git({"reset", "-q", "--hard", "HEAD~1"});
  repo.Git({"reflog", "expire", "--expire=now", "--all"});
  repo.Git({"gc", "-q", "--prune=now"});
  CHECK(!repositories.HasCommit(repo.path(), gone));
}

TEST_CASE("repositories: a file is read as committed, with its mode, whatever the work tree has") {
  const GitRepo repo;
  repo.Write(".gitattributes", "* text eol=crlf\n");
  repo.Write("sub/run.sh", "one\ntwo\n", 0755);
  repo.Link("run.sh", "sub/link");
  const std::string commit = repo.Commit();
  repo.Write("sub/run.sh", "edited");
  Libgit2Repositories repositories;
  const auto file = repositories.ReadFile(repo.path(), commit, "sub/run.sh", 100);
  REQUIRE_OK(file);
  CHECK(file->bytes == "one\ntwo\n");
  CHECK(file->is_executable);
  CHECK(!repositories.ReadFile(repo.path(), commit, ".gitattributes", 100)->is_executable);
  CHECK(repositories.HasFile(repo.path(), commit, "sub/run.sh"));
  for (const char* other : {"sub", "sub/link", "sub/other"})
    CHECK(!repositories.HasFile(repo.path(), commit, other));
  const auto code = [&](const std::string& path, size_t bytes_max) {
    return repositories.ReadFile(repo.path(), commit, path, bytes_max).error().code;
  };
  CHECK(code("sub/run.sh", 7) == Code::kTooLarge);
  CHECK(code("sub/other", 100) == Code::kNotFound);
  CHECK(code("sub/run.sh/x", 100) == Code::kNotFound);
  CHECK(code("sub", 100) == Code::kInvalidArgument);
  CHECK(code("sub/link", 100) == Code::kInvalidArgument);
}

}  // namespace jobgate::git
