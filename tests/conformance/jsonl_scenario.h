// A short life of a store, the same in every run, in which it seals and folds several times.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/jsonl/jsonl_store.h"
#include "tests/support/check_ok.h"
#include "tests/support/log_disk.h"
#include "tests/support/sample_job.h"
#include "tests/support/store_dump.h"

namespace jobgate {

inline constexpr const char* kLogPath = "/store/jobs.jsonl";

inline JsonlOptions SmallLogs() {
  JsonlOptions options;
  options.seal_bytes = 5 << 10;
  options.idle_seal_bytes = 1 << 20;
  options.fold_bytes = 9 << 10;
  options.fold_apart = false;
  return options;
}

inline Result<std::unique_ptr<JsonlStore>> OpenOn(const std::shared_ptr<LogDisk>& disk,
                                                  JsonlOptions options = SmallLogs()) {
  return OpenJsonlStore(disk, kLogPath, options);
}

class Scenario {
 public:
  static constexpr int kTurns = 36;

  Scenario() {
    for (int i = 0; i < kTurns; ++i) jobs_.push_back(samples_.Queued(Priority::kNormal, At(i)));
  }

  // The `turn`th turn, from 0: a new job, and the one before it is started, and so on.
  Result<void> Run(Store& store, int turn) const {
    JOBGATE_TRY(store.Begin());
    Result<void> done = Write(store, turn);
    if (!done) {
      store.Rollback();
      return done;
    }
    return store.Commit();
  }

  std::string Dump(Store& store) const { return DumpOf(store, {"key-0", "key-9"}, {"last"}); }

  // Of an undisturbed run: after as many turns as the index says.
  const std::vector<std::string>& Dumps() {
    if (!dumps_.empty()) return dumps_;
    auto store = OpenOn(std::make_shared<LogDisk>());
    REQUIRE_OK(store);
    dumps_.push_back(Dump(**store));
    for (int turn = 0; turn < kTurns; ++turn) {
      REQUIRE_OK(Run(**store, turn));
      dumps_.push_back(Dump(**store));
    }
    return dumps_;
  }

 private:
  static Time At(int turn) { return kSampleTime + Duration(turn * 1000); }

  Result<void> Write(Store& store, int turn) const {
    const auto at = static_cast<size_t>(turn);
    JOBGATE_TRY(store.InsertJob(jobs_[at]));
    if (turn % 9 == 0)
      JOBGATE_TRY(store.PutIdempotencyKey({"key-" + std::to_string(turn), jobs_[at].id, "hash"}));
    if (turn > 0) {
      const Job started = Started(jobs_[at - 1], At(turn));
      JOBGATE_TRY(store.UpdateJob(started, JobState::kQueued, 0));
      JOBGATE_TRY(store.InsertAttempt(AttemptOf(started, At(turn))));
    }
    if (turn > 1) {
      const Job started = Started(jobs_[at - 2], At(turn - 1));
      JOBGATE_TRY(
          store.UpdateJob(Ended(started, JobState::kSucceeded, At(turn)), JobState::kRunning, 1));
      JOBGATE_TRY(
          store.FinishAttempt(Ended(AttemptOf(started, At(turn - 1)), "succeeded", At(turn))));
    }
    if (turn % 4 != 3) {
      const std::optional<std::string> parked =
          turn % 4 == 2 ? std::optional<std::string>("because") : std::nullopt;
      JOBGATE_TRY(store.PutOutbox({"msg_" + std::to_string(100 + turn / 2), jobs_[at].id, "issue",
                                   "{}", At(turn), parked}));
    } else {
      JOBGATE_TRY(store.DropOutbox("msg_" + std::to_string(100 + turn / 2)));
    }
    JOBGATE_TRY(store.PutSetting("last", std::to_string(turn)));
    Event event = EventOf("job:submitted", jobs_[at].id);
    event.payload = R"({"turn":)" + std::to_string(turn) + "}";
    return store.AppendEvent(event);
  }

  SampleJobs samples_;
  std::vector<Job> jobs_;
  std::vector<std::string> dumps_;
};

}  // namespace jobgate
