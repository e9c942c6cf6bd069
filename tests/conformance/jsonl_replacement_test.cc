// Another store in the place of a store of several files: at whatever change the machine stops, the
// next start has the new one, whole, and every file of the old one under its other name.
#include <doctest/doctest.h>

#include <map>

#include "store/jsonl/replacement.h"
#include "store/jsonl/snapshot.h"
#include "tests/conformance/jsonl_scenario.h"

namespace jobgate {
namespace {

const std::string kActive = kLogPath;
constexpr const char* kStamp = "20260101T000000.000Z";

using Files = std::map<std::string, std::string>;

Files FilesOf(LogDisk& disk) {
  Files files;
  for (const std::string& path : disk.Paths()) files[path] = disk.Bytes(path);
  return files;
}

// A store with a snapshot, sealed logs and a log.
Files OldStore(const Scenario& scenario) {
  const auto disk = std::make_shared<LogDisk>();
  JsonlOptions options = SmallLogs();
  options.fold_bytes = 20 << 10;
  auto store = OpenOn(disk, options);
  REQUIRE_OK(store);
  for (int turn = 0; turn < Scenario::kTurns; ++turn) REQUIRE_OK(scenario.Run(**store, turn));
  REQUIRE(disk->Has(kActive + ".snapshot"));
  REQUIRE(disk->Paths().size() >= 3);
  return FilesOf(*disk);
}

// A snapshot of a store with the first three turns.
std::string NewStore(const Scenario& scenario) {
  const auto disk = std::make_shared<LogDisk>();
  auto store = OpenOn(disk, {});
  REQUIRE_OK(store);
  for (int turn = 0; turn < 3; ++turn) REQUIRE_OK(scenario.Run(**store, turn));
  auto copy = disk->Open("copy", jsonl::LogFiles::Mode::kCreate);
  REQUIRE_OK(copy);
  REQUIRE_OK(jsonl::WriteCopy(*copy, *(*store)->published()->Get(), 0, {}));
  return disk->Bytes("copy");
}

struct Replacing {
  Scenario scenario;
  Files old = OldStore(scenario);
  std::string snapshot = NewStore(scenario);

  std::shared_ptr<LogDisk> Disk() const {
    auto disk = std::make_shared<LogDisk>();
    for (const auto& [path, bytes] : old) disk->Add(path, bytes);
    disk->Add(kActive + ".replacing-" + kStamp, snapshot);
    return disk;
  }

  void CheckDone(const std::shared_ptr<LogDisk>& disk) {
    auto store = OpenOn(disk);
    REQUIRE_OK(store);
    CHECK(scenario.Dump(**store) == scenario.Dumps()[3]);
    for (const auto& [path, bytes] : old) {
      const std::string kept = kActive + ".before-" + kStamp + path.substr(kActive.size());
      REQUIRE(disk->Has(kept));
      CHECK(disk->Bytes(kept) == bytes);
    }
    CHECK(!disk->Has(kActive + ".replacing-" + kStamp));
    CHECK(disk->Bytes(kActive + ".snapshot") == snapshot);
  }
};

}  // namespace

TEST_CASE("jsonl store: a replacement is finished by whoever opens the store next, and told") {
  Replacing replacing;
  const auto disk = replacing.Disk();
  auto store = OpenOn(disk);
  REQUIRE_OK(store);
  REQUIRE((*store)->warnings().size() == 1);
  CHECK((*store)->warnings()[0].find(std::string(".before-") + kStamp) != std::string::npos);
  store->reset();
  replacing.CheckDone(disk);
}

TEST_CASE(
    "jsonl store: a replacement that a power cut or a fault ends anywhere is finished later") {
  Replacing replacing;
  const auto whole = replacing.Disk();
  REQUIRE_OK(OpenOn(whole));
  const int64_t changes = whole->changes();
  CHECK(changes > 5);
  for (const auto kept :
       {LogDisk::Kept::kNothing, LogDisk::Kept::kHalf, LogDisk::Kept::kEverything})
    for (int64_t change = 1; change <= changes; ++change) {
      CAPTURE(change);
      const auto cut = replacing.Disk();
      cut->DieAt(change);
      CHECK(!OpenOn(cut));
      cut->PowerOn(kept);
      replacing.CheckDone(cut);
      const auto faulty = replacing.Disk();
      faulty->FailChange(change);
      CHECK(!OpenOn(faulty));
      faulty->Restart();
      replacing.CheckDone(faulty);
    }
}

TEST_CASE("jsonl store: another file with such a name is left alone") {
  Replacing replacing;
  // The random ending of an unfinished one may be any, a Z at its end too.
  for (const std::string ending : {".unfinished-abcdef", ".unfinished-abcdeZ", "Z", " Z"}) {
    CAPTURE(ending);
    const auto disk = std::make_shared<LogDisk>();
    for (const auto& [path, bytes] : replacing.old) disk->Add(path, bytes);
    disk->Add(kActive + ".replacing-" + kStamp + ending, replacing.snapshot);
    auto store = OpenOn(disk);
    REQUIRE_OK(store);
    CHECK(replacing.scenario.Dump(**store) == replacing.scenario.Dumps().back());
    CHECK((*store)->warnings().empty());
  }
}

}  // namespace jobgate
