#include "tests/simulation/checks.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

bool Counts(const Attempt& attempt) {
  const std::string outcome = attempt.outcome.value_or("");
  return outcome == "succeeded" || outcome == "failed" || outcome == "timed_out" ||
         outcome == "spawn_failed";
}

// Attempts follow each other, a step follows only a success, a success is never repeated (I4),
// and no step has more tries than it may (I7).
void CheckAttempts(const ModelJob& job) {
  const Job& seen = job.seen;
  Require(static_cast<size_t>(seen.attempts) == job.attempts.size() &&
              job.attempts.size() == job.starts.size(),
          "I3", [&] { return seen.id + " has other attempts than were started"; });
  std::map<int, int> tries;
  const Attempt* before = nullptr;
  for (const Attempt& attempt : job.attempts) {
    const std::string name = seen.id + " attempt " + std::to_string(attempt.number);
    Require(attempt.number == (before ? before->number + 1 : 1), "I3",
            [&] { return name + " is out of order"; });
    const StartSeen& start = job.starts.at(attempt.number);
    const bool passes = start.check && attempt.outcome == "succeeded";
    if (before) {
      const StartSeen& last = job.starts.at(before->number);
      const bool follows = before->outcome == "succeeded" && !last.check;
      Require(before->outcome.has_value(), "I3", [&] { return name + " follows one that runs"; });
      Require(start.job_step() == last.job_step() + (follows ? 1 : 0), "I4",
              [&] { return name + " is of the wrong step after " + *before->outcome; });
    }
    int& counted = tries[start.job_step()];
    counted += Counts(attempt) && !passes;
    Require(counted <= seen.attempts_max, "I7", [&] { return name + " is a try too many"; });
    before = &attempt;
  }
  const bool runs = before && !before->outcome;
  Require(runs == (seen.state == JobState::kRunning), "I3", [&] {
    return seen.id + " is " + std::string(NameOf(seen.state)) + (runs ? " with" : " without") +
           " a running attempt";
  });
  if (seen.state == JobState::kSucceeded && before)
    Require(before->outcome == "succeeded" || before->outcome == "interrupted", "I2",
            [&] { return seen.id + " succeeded without a success"; });
  const int counted = tries[seen.step] + (runs ? 1 : 0);
  if (IsActive(seen.state) && seen.state != JobState::kInterrupted)
    Require(seen.tries == counted, "I7", [&] {
      return seen.id + " counts " + std::to_string(seen.tries) + " tries instead of " +
             std::to_string(counted);
    });
}

// What was recorded of an attempt's end is what an outsider saw.
void CheckOutcomes(const ModelJob& job, const Ledger& ledger) {
  for (const Attempt& attempt : job.attempts) {
    if (attempt.incarnation == kDryRun) {
      Require(attempt.outcome == "succeeded" && attempt.exit_code == 0, "I4",
              [&] { return attempt.job_id + " has a dry run that did not succeed"; });
      continue;
    }
    if (attempt.outcome != "succeeded" && attempt.outcome != "failed") continue;
    const std::string end = ledger.EndOf({attempt.job_id, attempt.number});
    const std::string recorded = attempt.exit_code
                                     ? "exit " + std::to_string(*attempt.exit_code)
                                     : "signal " + std::to_string(attempt.signal.value_or(0));
    Require(end == recorded, "I4", [&] {
      return attempt.job_id + " attempt " + std::to_string(attempt.number) + " is recorded as " +
             recorded + ", and the ledger has '" + end + "'";
    });
  }
}

bool IsEnded(JobState state) {
  return IsFinal(state) || state == JobState::kDeadLettered;
}

void CheckFields(const ModelJob& job) {
  const Job& seen = job.seen;
  Require(seen.finished_at.has_value() == IsEnded(seen.state), "I2",
          [&] { return seen.id + " has a wrong finishing time"; });
  Require(!seen.stop || seen.state == JobState::kRunning, "I2",
          [&] { return seen.id + " keeps an intent to stop it"; });
  Require(seen.retried_as == job.child, "I7",
          [&] { return seen.id + " names another retry than its events"; });
  Require(seen.state != JobState::kQueued || !seen.run_after || seen.ready_at >= *seen.run_after,
          "I2", [&] { return seen.id + " would run before its time"; });
}

// One turn's claims: the last thing that happened in it but for the ends of dry runs, so that what
// runs and waits after the turn shows what held when they were made.
class ClaimChecker {
 public:
  ClaimChecker(const ClaimCheck& check, Model& model)
      : check_(check),
        model_(model),
        running_(model.CountOf(JobState::kRunning) + static_cast<int64_t>(check.rehearsed.size())) {
    for (const auto& [id, job] : model.jobs) {
      const bool rehearsed = check.rehearsed.contains(id);
      const bool has_slot = job.seen.state == JobState::kRunning || rehearsed;
      if (has_slot) ++running_of_[job.seen.entrypoint];
      others_running_ += has_slot && !IsUrgent(job.seen);
      if (rehearsed) rehearsed_types_.insert(job.seen.entrypoint);
    }
  }

  void Run() {
    CheckSlots();
    for (const auto& [id, job] : model_.jobs)
      if (IsReady(job.seen)) CheckPassedOver(job.seen);
    for (const auto& [claim, id] : overtakers_) {
      Require(claim - model_.overtaking > kBetweenOvertakings, "I6", [&, &one = id] {
        return one + " was claimed past a more urgent one, too soon after the last one that was";
      });
      model_.overtaking = claim;
    }
  }

 private:
  static constexpr int64_t kBetweenOvertakings = 9;
  static constexpr Duration kClockSlack = std::chrono::minutes(1);

  static bool IsUrgent(const Job& job) { return job.priority <= Priority::kHigh; }
  int64_t SlotsFor(const Job& job) const {
    return check_.settings.concurrent_max + (IsUrgent(job) ? check_.settings.express_slots : 0);
  }

  void CheckSlots() {
    const auto claims = static_cast<int64_t>(check_.claimed.size());
    int64_t before = running_ - claims;
    for (const JobId& id : check_.claimed) {
      const Job& job = model_.jobs.at(id).seen;
      Require(before < SlotsFor(job), "I6", [&, &one = id] {
        return one + " was claimed while " + std::to_string(before) + " jobs ran";
      });
      Require(!IsPastLimit(job), "I6",
              [&, &one = id] { return one + " was claimed past the limit of " + job.entrypoint; });
      ++before;
    }
  }

  bool HasRoom(const Job& job) const {
    return Left(job) > 0 &&
           !model_.breakers.Holds(job.entrypoint, ProbeLives(job.entrypoint), check_.settings);
  }
  bool ProbeLives(const std::string& type) const {
    const auto probe = model_.breakers.ProbeOf(type);
    if (!probe) return false;
    const ModelJob* job = model_.Find(probe->job_id);  // none: it has ended, and was forgotten
    return job && job->seen.state == JobState::kRunning && job->seen.attempts == probe->number;
  }
  bool IsPastLimit(const Job& job) const { return Left(job) < 0; }
  // How many more of its entrypoint may run.
  int64_t Left(const Job& job) const {
    const JobType* type = check_.settings.Find(job.entrypoint);
    if (!type || !type->concurrent_max) return 1;
    const auto running = running_of_.find(job.entrypoint);
    return *type->concurrent_max - (running == running_of_.end() ? 0 : running->second);
  }

  bool IsReady(const Job& job) const {
    return job.state == JobState::kQueued && job.ready_at <= check_.now && HasRoom(job) &&
           !rehearsed_types_.contains(job.entrypoint);
  }

  bool IsOverdue(const Job& job, Time now) const {
    const Duration ageing = check_.settings.ageing;
    return ageing > Duration::zero() && now - job.ready_at >= ageing;
  }
  // An empty express slot helps an overdue job where urgent ones run in the ordinary slots.
  bool UrgentTakeOrdinarySlots() const {
    return running_ >= check_.settings.concurrent_max &&
           others_running_ < check_.settings.concurrent_max;
  }
  bool ExpressMayStayEmpty() const {
    // What is held back for a look at GitHub counts, and shows in no event.
    const bool is_tenth =
        check_.settings.github || model_.claims - model_.overtaking >= kBetweenOvertakings;
    return is_tenth && UrgentTakeOrdinarySlots() &&
           std::any_of(model_.jobs.begin(), model_.jobs.end(), [&](const auto& one) {
             const Job& job = one.second.seen;
             return job.state == JobState::kQueued && !IsUrgent(job) && HasRoom(job) &&
                    IsOverdue(job, check_.now + kClockSlack);
           });
  }

  void CheckPassedOver(const Job& job) {
    const bool waits_for_tenth = IsUrgent(job) && ExpressMayStayEmpty();
    Require(!check_.free_to_claim || running_ >= SlotsFor(job) || waits_for_tenth, "I12",
            [&] { return job.id + " is ready and a slot is free"; });
    for (const JobId& claimed : check_.claimed) {
      const Job& other = model_.jobs.at(claimed).seen;
      if (std::pair(other.priority, other.id) < std::pair(job.priority, job.id)) continue;
      Require(IsOverdue(other, check_.now) && other.priority != job.priority, "I6",
              [&] { return claimed + " was claimed past " + job.id; });
      overtakers_.emplace(model_.claim_of.at(claimed), claimed);
    }
  }

  const ClaimCheck& check_;
  Model& model_;
  const int64_t running_;
  std::map<std::string, int64_t> running_of_;
  int64_t others_running_ = 0;  // that are not urgent
  // A dry run's end may have made room at their breaker since.
  std::set<std::string> rehearsed_types_;
  std::map<int64_t, JobId> overtakers_;  // by the number of their claim
};

}  // namespace

void CheckJob(ModelJob& job, Store& durable, const Ledger& ledger, const GateRules& gates) {
  auto stored = durable.FindJob(job.seen.id);
  auto attempts = durable.AttemptsOf(job.seen.id);
  Require(stored && *stored && attempts, "I1", [&] { return job.seen.id + " is gone"; });
  job.seen = **std::move(stored);
  job.attempts = *std::move(attempts);
  Require(job.states.Has(job.seen.state), "I2", [&] {
    return job.seen.id + " is " + std::string(NameOf(job.seen.state)) +
           ", which does not follow from its events";
  });
  job.states = {job.seen.state};
  CheckFields(job);
  CheckAttempts(job);
  CheckOutcomes(job, ledger);
  if (job.seen.state == JobState::kWaitingApproval) gates.CheckShown(job);
}

void CheckCounts(const Model& model, Store& durable, Time now) {
  auto counts = durable.Counts(now);
  Require(counts.has_value(), "I8", [&] { return counts.error().message; });
  for (JobState state : kAllJobStates)
    Require(counts->Of(state) == model.CountOf(state), "I8", [&] {
      return std::string(NameOf(state)) + " is counted " + std::to_string(counts->Of(state)) +
             " times instead of " + std::to_string(model.CountOf(state));
    });
}

void CheckWholeStore(Model& model, Store& durable, const Ledger& ledger, const GateRules& gates,
                     Time now) {
  JobFilter filter;
  filter.limit = 1000;
  size_t listed = 0;
  do {
    auto page = durable.ListJobs(filter);
    Require(page.has_value(), "I1", [&] { return page.error().message; });
    listed += page->jobs.size();
    for (const Job& job : page->jobs)
      Require(model.Find(job.id) != nullptr, "I6", [&] { return job.id + " came from nowhere"; });
    filter.cursor = page->next_cursor;
  } while (!filter.cursor.empty());
  Require(listed == model.jobs.size(), "I1", [&] {
    return std::to_string(listed) + " jobs are there instead of " +
           std::to_string(model.jobs.size());
  });
  for (auto& [id, job] : model.jobs) CheckJob(job, durable, ledger, gates);
  CheckCounts(model, durable, now);
}

void CheckClaims(const ClaimCheck& check, Model& model) {
  ClaimChecker(check, model).Run();
}

}  // namespace jobgate::sim
