#include "src/seal/file_copy.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "src/base/digest.h"
#include "src/base/file_system.h"
#include "src/job/file_state.h"
#include "tests/support/check_ok.h"
#include "tests/support/temp_dir.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

struct Place {
  TempDir source, copy;

  Place() {
    fs::create_directories(source / "lib/deep");
    Write("run.sh", "run", 0755);
    Write("lib/deep/a.sh", "a", 0644);
  }
  void Write(const std::string& name, const std::string& content, mode_t mode) const {
    REQUIRE_OK(PosixFileSystem().WriteFileAtomically(source / name, content, mode));
  }
  Result<void> Copy(const std::string& name, const std::string& state) const {
    return CopyFiles(source.path(), {{name, state}}, copy.path());
  }
  std::string Refusal(const std::string& name, const std::string& state) const {
    const auto copied = Copy(name, state);
    REQUIRE(!copied);
    return copied.error().message;
  }
};

const std::string kRun = FileState(Sha256Hex("run"), true);
const std::string kDeep = FileState(Sha256Hex("a"), false);

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("sealed copy: what was approved is there, at its place, and cannot be written") {
  const Place place;
  REQUIRE_OK(CopyFiles(place.source.path(), {{"run.sh", kRun}, {"lib/deep/a.sh", kDeep}},
                       place.copy.path()));
  PosixFileSystem files;
  CHECK(files.ReadFile(place.copy / "run.sh", 100).value() == "run");
  CHECK(files.ReadFile(place.copy / "lib/deep/a.sh", 100).value() == "a");
  CHECK(files.Stat(place.copy / "run.sh")->permissions == 0500);
  CHECK(files.Stat(place.copy / "lib/deep/a.sh")->permissions == 0400);
}

TEST_CASE("sealed copy: other content, another mode or nothing at all is refused by name") {
  CHECK(Contains(Place().Refusal("run.sh", FileState(Sha256Hex("ran"), true)),
                 "run.sh is not what was approved: its content or mode changed"));
  CHECK(Contains(Place().Refusal("run.sh", FileState(Sha256Hex("run"), false)), "mode changed"));
  CHECK(Contains(Place().Refusal("gone.sh", kRun), "gone.sh is not what was approved"));
  CHECK(Contains(Place().Refusal("run.sh", std::string(kFileMissing)), "not there at all"));
  CHECK(Contains(Place().Refusal("run.sh", std::string(kFileIsLink)), "not what was approved"));
}

TEST_CASE("sealed copy: a link at any component of the way is refused, wherever it leads") {
  const char* const kWay[] = {"lib", "lib/deep", "lib/deep/a.sh"};
  for (const char* component : kWay) {
    CAPTURE(component);
    const Place place;
    const std::string moved = place.source / "moved";
    fs::rename(place.source / component, moved);
    fs::create_symlink(moved, place.source / component);
    CHECK(Contains(place.Refusal("lib/deep/a.sh", kDeep), "symbolic link"));
    CHECK(PosixFileSystem().ReadBelow(place.source.path(), "lib/deep/a.sh", 100).error().code ==
          Code::kConflict);
  }
}

TEST_CASE("sealed copy: the folder itself may be reached over a link, as a release's often is") {
  const Place place;
  fs::create_symlink(place.source.path(), place.copy / "current");
  fs::create_directory(place.copy / "to");
  CHECK_OK(CopyFiles(place.copy / "current", {{"run.sh", kRun}}, place.copy / "to"));
}

TEST_CASE("sealed copy: what is no file is refused without waiting for it") {
  const Place place;
  REQUIRE(::mkfifo((place.source / "pipe").c_str(), 0755) == 0);
  CHECK(Contains(place.Refusal("pipe", kRun), "it is no file"));
  CHECK(Contains(place.Refusal("lib", kRun), "it is no file"));
}

TEST_CASE("files: below a folder are read with their mode, and ways out are none") {
  const Place place;
  PosixFileSystem files;
  const auto run = files.ReadBelow(place.source.path(), "run.sh", 100);
  REQUIRE_OK(run);
  CHECK(run->bytes == "run");
  CHECK(run->permissions == 0755);
  const auto code = [&](const std::string& path) {
    return files.ReadBelow(place.source.path(), path, 2).error().code;
  };
  CHECK(code("run.sh") == Code::kTooLarge);
  CHECK(code("lib") == Code::kInvalidArgument);
  CHECK(code("missing") == Code::kNotFound);
  CHECK(code(std::string(5000, 'x')) == Code::kNotFound);
  CHECK(!files.ReadBelow(place.source.path(), "../" + place.source.path(), 100));
}

}  // namespace jobgate
