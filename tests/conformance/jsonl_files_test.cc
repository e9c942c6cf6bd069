// The JSONL store on real files: what its lines are to other programs, folds on their own thread,
// and what a real environment does to it.
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "src/base/json.h"
#include "store/jsonl/log_line.h"
#include "store/open_store.h"
#include "store/upkeep.h"
#include "tests/conformance/world.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<JsonlStore> OpenAt(const std::string& path, JsonlOptions options) {
  auto store = OpenJsonlStore(std::make_shared<jsonl::PosixLogFiles>(), path, options);
  REQUIRE_OK(store);
  return *std::move(store);
}

void InsertJobs(Store& store, SampleJobs& jobs, int count) {
  REQUIRE_OK(store.Begin());
  for (int i = 0; i < count; ++i) {
    const Job job = jobs.Queued();
    REQUIRE_OK(store.InsertJob(job));
    Event event = EventOf("job:submitted", job.id);
    REQUIRE_OK(store.AppendEvent(event));
  }
  REQUIRE_OK(store.Commit());
}

int64_t Total(StoreQueries& store) {
  const Result<StateCounts> counts = store.Counts(kSampleTime);
  REQUIRE_OK(counts);
  return counts->Total();
}

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

size_t SealedLogs(const TempDir& dir) {
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator(dir.path()))
    if (entry.path().string().find(".log-") != std::string::npos) ++count;
  return count;
}

}  // namespace

TEST_CASE("jsonl store: every line is a JSON object of one turn, and a turn without ops is none") {
  const TempDir dir;
  const std::string path = dir / "jobs.jsonl";
  auto store = OpenAt(path, {});
  SampleJobs jobs;
  InsertJobs(*store, jobs, 2);
  REQUIRE_OK(store->Begin());
  REQUIRE_OK(store->Claimable({After(Duration(1)), Priority::kBackground, {}, 10}));
  REQUIRE_OK(store->Commit());
  InsertJobs(*store, jobs, 1);
  std::istringstream lines(ReadAll(path));
  std::string line;
  std::vector<Json> parsed;
  while (std::getline(lines, line)) parsed.push_back(Json::parse(line));
  REQUIRE(parsed.size() == 3);
  CHECK(parsed[0]["kind"] == "log");
  CHECK(parsed[1]["seq"] == 1);
  CHECK(parsed[1]["at"] == "2026-01-01T00:00:00.000Z");
  CHECK(parsed[1]["ops"].size() == 4);
  CHECK(parsed[1]["ops"][0]["job"]["params"]["name"] == "Ada");
  CHECK(parsed[1]["ops"][1]["event"]["type"] == "job:submitted");
  CHECK(parsed[2]["seq"] == 2);
}

TEST_CASE("jsonl store: a fold on its own thread loses nothing while turns and readers go on") {
  const TempDir dir;
  const std::string path = dir / "jobs.jsonl";
  JsonlOptions options;
  options.seal_bytes = 200 << 10;
  options.fold_bytes = 300 << 10;
  auto store = OpenAt(path, options);
  SampleJobs jobs;
  std::atomic<bool> stop = false;
  std::atomic<int64_t> wrong = 0, read = 0;
  std::thread reading([&, reader = store->NewReader()] {
    int64_t last = 0;
    while (!stop) {
      const auto seq = reader->LastEventSeq();
      const auto events = reader->Events({*seq > 50 ? *seq - 50 : 0, std::nullopt, 50});
      const auto counts = reader->Counts(kSampleTime);
      // One committed state after the other, and each event is where its place says.
      if (!events || !counts || *seq < last || counts->Total() < last) ++wrong;
      last = *seq;
      ++read;
    }
  });
  for (int turn = 0; turn < 600; ++turn) InsertJobs(*store, jobs, 10);
  store->WaitForFold();
  REQUIRE_OK(store->Tidy());
  while (read < 10) std::this_thread::yield();
  stop = true;
  reading.join();
  CHECK(wrong == 0);
  CHECK(fs::exists(path + ".snapshot"));
  CHECK(SealedLogs(dir) < 12);
  for (int round = 0; round < 2; ++round) {
    CHECK(Total(*store) == 6000);
    const auto events = store->Events({0, std::nullopt, 10'000});
    REQUIRE_OK(events);
    REQUIRE(events->size() == 6000);
    for (size_t i = 0; i < events->size(); ++i)
      REQUIRE((*events)[i].seq == static_cast<int64_t>(i) + 1);
    store.reset();
    store = OpenAt(path, options);
  }
}

TEST_CASE(
    "jsonl store: a store that is closed in the middle of a fold is whole when it is opened") {
  const TempDir dir;
  const std::string path = dir / "jobs.jsonl";
  JsonlOptions options;
  options.seal_bytes = 1 << 20;
  options.fold_bytes = 1 << 20;
  SampleJobs jobs;
  for (int round = 1; round <= 4; ++round) {
    auto store = OpenAt(path, options);
    for (int turn = 0; turn < 20; ++turn) InsertJobs(*store, jobs, 100);
    store.reset();
    store = OpenAt(path, options);
    CHECK(Total(*store) == round * 2000);
  }
}

TEST_CASE("jsonl store: a file size limit is a fault that passes") {
  const TempDir dir;
  auto store = OpenAt(dir / "jobs.jsonl", {});
  SampleJobs jobs;
  InsertJobs(*store, jobs, 10);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{fs::file_size(dir / "jobs.jsonl") + 5000, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  REQUIRE_OK(store->Begin());
  for (int i = 0; i < 100; ++i) REQUIRE_OK(store->InsertJob(jobs.Queued()));
  const Result<void> committed = store->Commit();
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  REQUIRE(!committed);
  CHECK(committed.error().code == Code::kStoreFault);
  CHECK(committed.error().message.find("free space on " + dir.path()) != std::string::npos);
  CHECK(store->Begin().error().code == Code::kStoreFault);
  REQUIRE_OK(store->Reopen());
  CHECK(Total(*store) == 10);
  InsertJobs(*store, jobs, 1);
}

TEST_CASE("jsonl store: readers go on with what was committed while the store has a fault") {
  const TempDir dir;
  auto store = OpenAt(dir / "jobs.jsonl", {});
  SampleJobs jobs;
  InsertJobs(*store, jobs, 3);
  const auto reader = store->NewReader();
  fs::rename(dir / "jobs.jsonl", dir / "elsewhere");
  fs::create_directory(dir / "jobs.jsonl");
  CHECK(store->Reopen().error().code == Code::kStoreFault);
  CHECK(store->FindJob("job_1").error().code == Code::kStoreFault);
  CHECK(Total(*reader) == 3);
  fs::remove(dir / "jobs.jsonl");
  fs::rename(dir / "elsewhere", dir / "jobs.jsonl");
  REQUIRE_OK(store->Reopen());
  CHECK(Total(*reader) == 3);
  store.reset();
  CHECK(Total(*reader) == 3);
}

TEST_CASE("jsonl store: its files are private, whatever the umask is") {
  const TempDir dir;
  JsonlOptions options;
  options.seal_bytes = options.fold_bytes = 1000;
  options.fold_apart = false;
  const mode_t before = ::umask(0);
  {
    auto store = OpenAt(dir / "deep/er/jobs.jsonl", options);
    SampleJobs jobs;
    for (int i = 0; i < 4; ++i) InsertJobs(*store, jobs, 5);
  }
  ::umask(before);
  for (const auto& entry : fs::directory_iterator(dir / "deep/er"))
    CHECK((entry.status().permissions() & fs::perms(0777)) == fs::perms(0600));
  CHECK((fs::status(dir / "deep/er").permissions() & fs::perms(0777)) == fs::perms(0700));
}

TEST_CASE("open store: each kind opens its own files, and refuses the other's") {
  const TempDir dir;
  for (const std::string type : {"sqlite", "jsonl"}) {
    CAPTURE(type);
    const std::string other = type == "sqlite" ? "jsonl" : "sqlite";
    const std::string path = dir / ("jobs." + type);
    {
      auto opened = OpenStore(type, path);
      REQUIRE_OK(opened);
      SampleJobs jobs;
      InsertJobs(*opened->store, jobs, 2);
      CHECK(Total(*opened->reader) == 2);
      CHECK(opened->warnings.empty());
    }
    const std::string before = ReadAll(path);
    CHECK(!OpenStore(other, path));
    CHECK(ReadAll(path) == before);
  }
  CHECK(OpenStore("punchcards", dir / "x").error().code == Code::kInvalidArgument);
}

TEST_CASE("jsonl store: a log of the first format is sealed before anything newer is written") {
  const TempDir dir;
  const std::string path = dir / "jobs.jsonl";
  SampleJobs jobs;
  {
    auto store = OpenAt(path, {});
    InsertJobs(*store, jobs, 2);
  }
  // The header's own checksum changes with it; that of the turn does not.
  std::string text = ReadAll(path);
  text.replace(0, text.find('\n') + 1, jsonl::HeaderLine({1, "log", 1, 0}));
  std::ofstream(path, std::ios::binary) << text;
  const auto migrated = UpkeepOf("jsonl", path)->Migrate();
  REQUIRE_OK(migrated);
  CHECK(migrated->from == 1);
  CHECK(migrated->to == 2);
  CHECK(ReadAll(path + ".log-000001") == text);
  auto store = OpenAt(path, {});
  CHECK(ReadAll(path).find(R"("format":2,"kind":"log","segment":2,"after":1)") !=
        std::string::npos);
  InsertJobs(*store, jobs, 1);
  store = OpenAt(path, {});
  CHECK(Total(*store) == 3);
  CHECK(SealedLogs(dir) == 1);
}

}  // namespace jobgate
