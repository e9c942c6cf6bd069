#include "src/git/commit_export.h"

#include "tests/support/git_repo.h"

namespace jobgate::git {
namespace {

mode_t ModeOf(const std::string& path) {
  return PosixFileSystem().Stat(path)->permissions;
}

std::string ContentOf(const std::string& path) {
  return PosixFileSystem().ReadFile(path, 1 << 20).value_or("?");
}

Error RefusalOf(const GitRepo& repo, const std::string& commit) {
  const TempDir folder;
  const auto exported = ExportCommit(repo.path(), commit, folder.path());
  REQUIRE(!exported);
  return exported.error();
}

// A commit of a tree that no checkout would make; `line` is one of git-mktree(1)'s input.
std::string CommitOfTree(const GitRepo& repo, const std::string& line) {
  repo.Write("tree", line + "\n");
  const std::string tree = repo.Git({"-c", "alias.t=!git mktree --missing < tree", "t"});
  return repo.Git({"commit-tree", "-m", "x", tree});
}

}  // namespace

TEST_CASE("export: the files of the commit, and nothing of the work tree") {
  const GitRepo repo;
  repo.Write("run.sh", "run", 0755);
  repo.Write("a/b/c.txt", "deep");
  repo.Link("a/b", "link");
  const std::string commit = repo.Commit();
  repo.Write("run.sh", "edited", 0755);
  repo.Write("untracked", "x");
  const TempDir folder;
  REQUIRE_OK(ExportCommit(repo.path(), commit, folder.path()));
  CHECK(ContentOf(folder / "run.sh") == "run");
  CHECK(ContentOf(folder / "link/c.txt") == "deep");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(!std::filesystem::exists(folder / "untracked"));
  CHECK(!std::filesystem::exists(folder / ".git"));
  CHECK(ModeOf(folder / "run.sh") == 0500);
  CHECK(ModeOf(folder / "a/b/c.txt") == 0400);
}

TEST_CASE("export: no filter of the repository runs, and no line ending changes") {
  const GitRepo repo;
  repo.Git({"config", "filter.evil.smudge", "touch " + repo.path() + "/ran; cat"});
  repo.Git({"config", "core.autocrlf", "true"});
  repo.Git({"config", "core.hooksPath", repo.path()});
  repo.Write("post-checkout", "#!/bin/sh\ntouch ran\n", 0755);
  repo.Write(".gitattributes", "*.txt filter=evil\n");
  repo.Write("a.txt", "one\ntwo\n");
  const std::string commit = repo.Commit();
  std::filesystem::remove(repo.path() + "/ran");
  const TempDir folder;
  REQUIRE_OK(ExportCommit(repo.path(), commit, folder.path()));
  CHECK(ContentOf(folder / "a.txt") == "one\ntwo\n");
  CHECK(!std::filesystem::exists(repo.path() + "/ran"));
}

TEST_CASE("export: a link that leads out refuses it, also over other links") {
  for (const char* target : {"/etc/passwd", "../x", "sub/../../x", "up/../x"}) {
    CAPTURE(target);
    const GitRepo repo;
    repo.Write("sub/a", "x");
    repo.Link("sub/..", "up");
    repo.Link(target, "link");
    const Error refusal = RefusalOf(repo, repo.Commit());
    CHECK(refusal.code == Code::kForbidden);
    CHECK(refusal.message.find("link leads out of the repository") != std::string::npos);
  }
}

TEST_CASE("export: a link that leads nowhere, or in circles, harms nobody") {
  const GitRepo repo;
  repo.Link("missing", "dangling");
  repo.Link("circle", "circle");
  const TempDir folder;
  CHECK_OK(ExportCommit(repo.path(), repo.Commit(), folder.path()));
}

TEST_CASE("export: names that no checkout makes are refused") {
  const GitRepo repo;
  repo.Write("a", "x");
  repo.Commit();
  const std::string blob = repo.Git({"rev-parse", "HEAD:a"});
  for (const char* name : {".git", "..", "."}) {
    CAPTURE(name);
    const std::string commit = CommitOfTree(repo, "100644 blob " + blob + "\t" + name);
    CHECK(RefusalOf(repo, commit).message.find("no checkout has a file") != std::string::npos);
  }
}

TEST_CASE("export: folders within folders have a bound") {
  const GitRepo repo;
  std::string name;
  for (int i = 0; i <= kExportDepthMax + 1; ++i) name += "d/";
  repo.Write(name + "a", "x");
  CHECK(RefusalOf(repo, repo.Commit()).message.find("deeper than") != std::string::npos);
}

TEST_CASE("export: a submodule is an empty folder") {
  const GitRepo repo;
  repo.Commit();
  const std::string commit =
      CommitOfTree(repo, "160000 commit " + std::string(40, 'a') + "\tmodule");
  const TempDir folder;
  REQUIRE_OK(ExportCommit(repo.path(), commit, folder.path()));
  CHECK(std::filesystem::is_empty(folder / "module"));
}

TEST_CASE("export: a commit that is gone, or a part of it, is told") {
  const GitRepo repo;
  CHECK(RefusalOf(repo, std::string(40, 'a')).code == Code::kNotFound);
  repo.Write("a", "x");
  const std::string commit = repo.Commit();
  const std::string blob = repo.Git({"rev-parse", "HEAD:a"});
  std::filesystem::remove(repo.path() + "/.git/objects/" + blob.substr(0, 2) + "/" +
                          blob.substr(2));
  CHECK(RefusalOf(repo, commit).message.find("a cannot be read") == 0);
}

TEST_CASE("export: a damaged file is never written") {
  const GitRepo repo;
  repo.Write("a", "approved");
  const std::string commit = repo.Commit();
  const std::string approved = repo.Git({"rev-parse", "HEAD:a"});
  repo.Write("a", "replaced");
  repo.Commit();
  const std::string replaced = repo.Git({"rev-parse", "HEAD:a"});
  const auto path_of = [&](const std::string& id) {
    return repo.path() + "/.git/objects/" + id.substr(0, 2) + "/" + id.substr(2);
  };
  std::filesystem::remove(path_of(approved));
  std::filesystem::copy_file(path_of(replaced), path_of(approved));
  RefusalOf(repo, commit);
}

}  // namespace jobgate::git
