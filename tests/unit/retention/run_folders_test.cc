#include "src/retention/run_folders.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

const JobId kJob = "job_01M80HG8013686NB2QM515K2E5";

void Write(const fs::path& path, size_t bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << std::string(bytes, 'x');
}

bool Always() {
  return true;
}

}  // namespace

TEST_CASE("run folders: bytes are those of all files, one job's and all jobs'") {
  const TempDir dir;
  Write(fs::path(dir.path()) / kJob / "1/stdout.log", 100);
  Write(fs::path(dir.path()) / kJob / "2/deep/er/file", 50);
  Write(fs::path(dir.path()) / "job_OTHER/1/stdout.log", 7);
  PosixRunFolders folders(dir.path());
  CHECK(folders.BytesOf(kJob) == 150);
  CHECK(folders.TotalBytes(Always) == 157);
  CHECK(folders.BytesOf("job_NONE") == 0);
  CHECK(folders.TotalBytes([] { return false; }) == 0);
  CHECK(PosixRunFolders(dir / "nothing").TotalBytes(Always) == 0);
}

TEST_CASE("run folders: removing takes one job's folder with all that is in it, once or twice") {
  const TempDir dir;
  Write(fs::path(dir.path()) / kJob / "1/deep/er/file", 50);
  Write(fs::path(dir.path()) / "job_OTHER/1/stdout.log", 7);
  PosixRunFolders folders(dir.path());
  CHECK(folders.Remove(kJob));
  CHECK(folders.Remove(kJob));
  CHECK(!fs::exists(fs::path(dir.path()) / kJob));
  CHECK(folders.TotalBytes(Always) == 7);
}

TEST_CASE("run folders: a link that a job left leads nowhere else") {
  const TempDir dir, outside;
  Write(fs::path(outside.path()) / "precious", 1000);
  fs::create_directories(fs::path(dir.path()) / kJob / "1");
  fs::create_directory_symlink(outside.path(), fs::path(dir.path()) / kJob / "1/away");
  fs::create_directory_symlink(outside.path(), fs::path(dir.path()) / "job_LINK");
  PosixRunFolders folders(dir.path());
  CHECK(folders.TotalBytes(Always) == 0);
  CHECK(folders.Remove(kJob));
  CHECK(folders.Remove("job_LINK"));
  CHECK(fs::file_size(fs::path(outside.path()) / "precious") == 1000);
}

TEST_CASE("run folders: an emptied one stays, and what its links lead to") {
  const TempDir dir;
  const TempDir outside;
  Write(fs::path(outside.path()) / "precious", 1000);
  const fs::path job = fs::path(dir.path()) / kJob;
  Write(job / "1/stdout.log", 10);
  Write(job / "2/out/a/b", 10);
  fs::create_directory_symlink(outside.path(), job / "away");
  fs::create_directory_symlink(outside.path(), fs::path(dir.path()) / "job_LINK");
  PosixRunFolders folders(dir.path());
  CHECK(folders.Empty(kJob));
  CHECK(folders.Empty("job_LINK"));
  CHECK(folders.Empty("job_NOTHING"));
  CHECK(fs::is_empty(job));
  CHECK(!fs::exists(fs::symlink_status(fs::path(dir.path()) / "job_LINK")));
  CHECK(fs::file_size(fs::path(outside.path()) / "precious") == 1000);
}

TEST_CASE("run folders: only what is called as a job is, is ever removed") {
  const TempDir dir;
  Write(fs::path(dir.path()) / "runs/x", 1);
  PosixRunFolders folders(dir / "runs");
  for (const char* wrong : {"", ".", "..", "x", "job_../x", "job_/../../x", "/etc"}) {
    CAPTURE(wrong);
    CHECK(!folders.Remove(wrong));
    CHECK(!folders.Empty(wrong));
    CHECK(folders.BytesOf(wrong) == 0);
  }
  CHECK(fs::exists(fs::path(dir.path()) / "runs/x"));
}

}  // namespace jobgate
