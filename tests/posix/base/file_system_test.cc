#include "src/base/file_system.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "tests/support/check_ok.h"
#include "tests/support/temp_dir.h"

namespace jobgate {

TEST_CASE("files: a write replaces the whole file with its permissions, and leaves nothing else") {
  const TempDir folder;
  PosixFileSystem files;
  REQUIRE_OK(files.WriteFileAtomically(folder / "a", "a longer text", 0644));
  REQUIRE_OK(files.WriteFileAtomically(folder / "a", "short", 0600));
  CHECK(files.ReadFile(folder / "a", 100).value() == "short");
  CHECK(files.Stat(folder / "a")->permissions == 0600);
  const auto entries = std::filesystem::directory_iterator(folder / ".");
  CHECK(std::distance(begin(entries), end(entries)) == 1);
}

TEST_CASE("files: a write that fails leaves the file as it was, and no temporary one") {
  const TempDir folder;
  PosixFileSystem files;
  REQUIRE_OK(files.MakeDirectories(folder / "taken/inside", 0700));
  CHECK_FALSE(files.WriteFileAtomically(folder / "taken", "x", 0600).has_value());
  CHECK(files.Stat(folder / "taken")->is_directory);
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "."), {}) == 1);
  CHECK(files.WriteFileAtomically(folder / "missing/a", "x", 0600).error().code == Code::kNotFound);
}

TEST_CASE("files: reading is bounded, and says what is missing") {
  const TempDir folder;
  PosixFileSystem files;
  REQUIRE_OK(files.WriteFileAtomically(folder / "a", std::string(100'000, 'x'), 0600));
  CHECK(files.ReadFile(folder / "a", 100'000)->size() == 100'000);
  CHECK(files.ReadFile(folder / "a", 99'999).error().code == Code::kTooLarge);
  const auto missing = files.ReadFile(folder / "b", 10);
  CHECK(missing.error().code == Code::kNotFound);
  CHECK(missing.error().message.find(folder / "b") != std::string::npos);
  CHECK_FALSE(files.ReadFile(folder / ".", 10).has_value());
}

TEST_CASE("files: folders are made with their parents, and only once") {
  const TempDir folder;
  PosixFileSystem files;
  REQUIRE_OK(files.MakeDirectories(folder / "a/b/c", 0700));
  CHECK_OK(files.MakeDirectories(folder / "a/b/c", 0700));
  CHECK(files.Stat(folder / "a/b/c")->is_directory);
  REQUIRE_OK(files.WriteFileAtomically(folder / "file", "", 0600));
  CHECK_FALSE(files.MakeDirectories(folder / "file", 0700).has_value());
  CHECK_FALSE(files.MakeDirectories(folder / "file/below", 0700).has_value());
}

TEST_CASE("files: access follows the permissions") {
  const TempDir folder;
  PosixFileSystem files;
  REQUIRE_OK(files.WriteFileAtomically(folder / "plain", "", 0644));
  REQUIRE_OK(files.WriteFileAtomically(folder / "program", "", 0755));
  CHECK(files.Allows(folder / "program", Access::kExecute));
  CHECK_FALSE(files.Allows(folder / "plain", Access::kExecute));
  CHECK_FALSE(files.Allows(folder / "missing", Access::kRead));
  CHECK(files.SpaceAt(folder / ".")->total_bytes > 0);
}

}  // namespace jobgate
