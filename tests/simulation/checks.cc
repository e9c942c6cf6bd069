#include "tests/simulation/checks.h"

#include <algorithm>
#include <map>

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
    if (before) {
      const bool follows = before->outcome == "succeeded";
      Require(before->outcome.has_value(), "I3", [&] { return name + " follows one that runs"; });
      Require(attempt.step == before->step + (follows ? 1 : 0), "I4",
              [&] { return name + " is of the wrong step after " + *before->outcome; });
    }
    tries[attempt.step] += Counts(attempt);
    Require(tries[attempt.step] <= seen.attempts_max, "I7",
            [&] { return name + " is a try too many"; });
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

void CheckClaims(const ClaimCheck& check, const Model& model) {
  const int64_t slots = check.settings.concurrent_max;
  const int64_t running = model.CountOf(JobState::kRunning);
  Require(running <= std::max(slots, check.running_before), "I6", [&] {
    return std::to_string(running) + " jobs run in " + std::to_string(slots) + " slots";
  });
  for (const auto& known : model.jobs) {
    const JobId& id = known.first;
    const ModelJob& job = known.second;
    if (job.seen.state != JobState::kQueued || job.seen.ready_at > check.now) continue;
    Require(!check.free_to_claim || running >= slots, "I12",
            [&] { return id + " is ready and a slot is free"; });
    for (const JobId& claimed : check.claimed) {
      const Job& other = model.jobs.at(claimed).seen;
      Require(std::pair(other.priority, other.id) < std::pair(job.seen.priority, id), "I6",
              [&] { return claimed + " was claimed past " + id; });
    }
  }
}

}  // namespace jobgate::sim
