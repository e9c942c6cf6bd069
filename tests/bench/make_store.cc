// make_store KIND FILE HISTORY QUEUED: makes a store of KIND ("sqlite", "jsonl") at FILE with
// HISTORY jobs of the entrypoint "noop" that succeeded, an attempt and three events each, and
// QUEUED ones that wait, an event each. They came just now, so that no retention takes them away.
// Prints {"jobs": how many}.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string>

#include "store/open_store.h"
#include "tests/bench/or_die.h"
#include "tests/support/sample_job.h"

namespace jobgate::bench {
namespace {

constexpr int kJobsPerTurn = 500;

class Maker {
 public:
  Maker(Store& store, Time now) : store_(store), at_(now) {}

  void History(int jobs) {
    InTurns(jobs, [this](const Job& queued) {
      const Job started = Started(queued, at_);
      Job ended = Ended(started, JobState::kSucceeded, at_);
      ended.exit_code = 0;
      OrDie(store_.InsertJob(ended));
      OrDie(store_.InsertAttempt(AttemptOf(started, at_)));
      OrDie(store_.FinishAttempt(Ended(AttemptOf(started, at_), "succeeded", at_)));
      Record("job:submitted", ended, R"({"priority":"normal"})");
      Record("job:started", ended, R"({"attempt":1,"step":"run"})");
      Record("job:succeeded", ended, R"({"attempt":1,"runtimeMs":5})");
    });
  }

  void Queue(int jobs) {
    InTurns(jobs, [this](const Job& queued) {
      OrDie(store_.InsertJob(queued));
      Record("job:submitted", queued, R"({"priority":"normal"})");
    });
  }

 private:
  template <typename Fn>
  void InTurns(int jobs, Fn fn) {
    for (int i = 0; i < jobs;) {
      at_ += Duration(1);
      OrDie(store_.Begin());
      for (const int end = std::min(jobs, i + kJobsPerTurn); i < end; ++i) fn(NewJob());
      OrDie(store_.Commit());
      OrDie(store_.Tidy());
    }
  }

  Job NewJob() {
    Job job = samples_.Queued(Priority::kNormal, at_);
    job.entrypoint = "noop";
    job.params = R"({"n":"1"})";
    return job;
  }

  void Record(const char* type, const Job& job, const char* payload) {
    Event event = EventOf(type, job.id);
    event.at = at_;
    event.actor = "os:root";
    event.payload = payload;
    OrDie(store_.AppendEvent(event));
  }

  Store& store_;
  SampleJobs samples_;
  Time at_;
};

int Main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int history = std::atoi(argv[3]);
  const int queued = std::atoi(argv[4]);
  const OpenedStore opened = OrDie(OpenStore(argv[1], argv[2]));
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  // A turn is a millisecond: none of them lies ahead.
  Maker maker(*opened.store, now - std::chrono::minutes(1));
  maker.History(history);
  maker.Queue(queued);
  std::cout << "{\"jobs\":" << history + queued << "}\n";
  return 0;
}

}  // namespace
}  // namespace jobgate::bench

int main(int argc, char** argv) {
  return jobgate::bench::Main(argc, argv);
}
