// two_claims FILE FILE SAMPLES: what a claim costs on two SQLite stores that are there already, by
// turns in small blocks. Each first gets SAMPLES queued jobs. A claim is what a turn does for one
// job: the query, the job's row, its update and its attempt; not the commit, whose sync would hide
// a difference. Prints {"ns":[[…],[…]]}.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_store.h"
#include "tests/bench/now.h"
#include "tests/bench/or_die.h"
#include "tests/support/sample_job.h"

namespace jobgate::bench {
namespace {

constexpr int kBlock = 25;
constexpr int kUnrecorded = 100;  // first claims of a store: its pages are read in

class Claims {
 public:
  Claims(const std::string& path, int samples) : store_(OrDie(OpenSqliteStore(path))) {
    OrDie(store_->Begin());
    for (int i = 0; i < kUnrecorded + samples; ++i) {
      Job job = samples_.Queued(Priority::kNormal, now_);
      job.entrypoint = "noop";
      OrDie(store_->InsertJob(job));
    }
    OrDie(store_->Commit());
    for (int i = 0; i < kUnrecorded; ++i) ClaimNs();
  }

  void Block() {
    for (int i = 0; i < kBlock; ++i) ns.push_back(ClaimNs());
  }

  std::vector<int64_t> ns;

 private:
  int64_t ClaimNs() {
    OrDie(store_->Begin());
    const int64_t begin = NowNs();
    const auto candidates = OrDie(store_->Claimable({now_, Priority::kBackground, {}, 1}));
    if (candidates.empty()) std::exit(1);
    const Job job = *OrDie(store_->FindJob(candidates.front().id));
    const Job started = Started(job, now_);
    OrDie(store_->UpdateJob(started, job.state, job.attempts));
    OrDie(store_->InsertAttempt(AttemptOf(started, now_)));
    const int64_t end = NowNs();
    OrDie(store_->Commit());
    return end - begin;
  }

  const std::unique_ptr<Store> store_;
  const Time now_ = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  SampleJobs samples_;
};

void Print(const std::vector<int64_t>& values) {
  std::cout << '[';
  for (size_t i = 0; i < values.size(); ++i) std::cout << (i == 0 ? "" : ",") << values[i];
  std::cout << ']';
}

int Main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int samples = std::atoi(argv[3]);
  Claims first(argv[1], samples);
  Claims second(argv[2], samples);
  for (int taken = 0; taken + kBlock <= samples; taken += kBlock) {
    first.Block();
    second.Block();
  }
  std::cout << "{\"ns\":[";
  Print(first.ns);
  std::cout << ',';
  Print(second.ns);
  std::cout << "]}\n";
  return 0;
}

}  // namespace
}  // namespace jobgate::bench

int main(int argc, char** argv) {
  return jobgate::bench::Main(argc, argv);
}
