// A git repository in a temporary folder, made by the real git.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "src/base/file_system.h"
#include "src/base/process_runner.h"
#include "tests/support/check_ok.h"
#include "tests/support/temp_dir.h"

namespace jobgate {

class GitRepo {
 public:
  GitRepo() { Git({"init", "-q", "-b", "main"}); }

  std::string path() const { return dir_.path(); }

  // What it printed, without the line's end.
  std::string Git(std::vector<std::string> words) const {
    std::vector<std::string> argv = {
        "git", "-C", dir_.path(), "-c", "user.name=t", "-c", "user.email=t@example.invalid"};
    argv.insert(argv.end(), words.begin(), words.end());
    auto done = PosixProcessRunner().Run({std::move(argv)});
    REQUIRE_OK(done);
    REQUIRE(done->exit_code == 0);
    while (done->out.ends_with('\n')) done->out.pop_back();
    return done->out;
  }
  void Write(const std::string& name, const std::string& content, mode_t mode = 0644) const {
    const std::string whole = dir_ / name;
    PosixFileSystem files;
    REQUIRE_OK(files.MakeDirectories(whole.substr(0, whole.rfind('/')), 0755));
    REQUIRE_OK(files.WriteFileAtomically(whole, content, mode));
  }
  void Link(const std::string& target, const std::string& name) const {
    std::filesystem::create_symlink(target, dir_ / name);
  }
  // Everything in the work tree; returns the commit.
  std::string Commit() const {
    Git({"add", "-A", "-f"});
    Git({"commit", "-q", "--allow-empty", "-m", "x"});
    return Git({"rev-parse", "HEAD"});
  }

 private:
  TempDir dir_;
};

}  // namespace jobgate
