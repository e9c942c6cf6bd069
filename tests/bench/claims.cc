// claims FOLDER QUEUED BLOCKED ENTRYPOINTS: what a claim query costs on a SQLite store in FOLDER
// (made anew) with BLOCKED jobs of one entrypoint at the head of the queue and QUEUED others behind
// them, spread over ENTRYPOINTS. Prints medians and 99th percentiles in microseconds: nothing
// blocked, that one blocked, and that one blocked with one job less each time.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_store.h"
#include "tests/bench/now.h"
#include "tests/support/sample_job.h"

namespace jobgate {
namespace {

constexpr int kRuns = 2000;

template <typename T>
T OrDie(Result<T> result) {
  if (!result) {
    std::cerr << result.error().message << std::endl;
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

void Fill(Store& store, SampleJobs& jobs, int count, const std::string& prefix, int entrypoints) {
  for (int i = 0; i < count;) {
    OrDie(store.Begin());
    for (int end = std::min(count, i + 10'000); i < end; ++i) {
      Job job = jobs.Queued();
      job.entrypoint = prefix + std::to_string(i % entrypoints);
      OrDie(store.InsertJob(job));
    }
    OrDie(store.Commit());
  }
}

void Print(const std::string& name, std::vector<int64_t> nanoseconds) {
  std::sort(nanoseconds.begin(), nanoseconds.end());
  const auto at = [&](size_t percent) {
    return static_cast<double>(nanoseconds[nanoseconds.size() * percent / 100]) / 1000;
  };
  std::cout << name << ": p50 " << at(50) << " us, p99 " << at(99) << " us" << std::endl;
}

// Claims a job each time where `take` says so, as a turn does.
void Measure(Store& store, const std::string& name, const ClaimQuery& query, bool take) {
  std::vector<int64_t> times;
  for (int i = 0; i < kRuns; ++i) {
    OrDie(store.Begin());
    const int64_t begin = bench::NowNs();
    const auto candidates = OrDie(store.Claimable(query));
    times.push_back(bench::NowNs() - begin);
    if (candidates.empty()) std::exit(1);
    if (take) {
      const Job job = *OrDie(store.FindJob(candidates.front().id));
      OrDie(store.UpdateJob(Started(job), JobState::kQueued, 0));
    }
    OrDie(store.Commit());
  }
  Print(name, std::move(times));
}

}  // namespace

static int Main(int argc, char** argv) {
  if (argc != 5) return 2;
  auto store = OrDie(OpenSqliteStore(std::string(argv[1]) + "/jobs.db"));
  SampleJobs jobs;
  Fill(*store, jobs, std::atoi(argv[3]), "blocked", 1);
  Fill(*store, jobs, std::atoi(argv[2]), "ep", std::atoi(argv[4]));
  const ClaimQuery open = {kSampleTime, Priority::kBackground, {}, 1};
  const ClaimQuery blocked = {kSampleTime, Priority::kBackground, {"blocked0"}, 1};
  Measure(*store, "nothing blocked", open, false);
  Measure(*store, "one entrypoint blocked", blocked, false);
  Measure(*store, "one blocked, a job claimed each time", blocked, true);
  return 0;
}

}  // namespace jobgate

int main(int argc, char** argv) {
  return jobgate::Main(argc, argv);
}
