#include "src/api/explain_json.h"

#include <algorithm>
#include <string>
#include <vector>

#include "src/api/approval_json.h"
#include "src/api/json_values.h"
#include "src/api/stop_json.h"
#include "src/api/worker_state.h"
#include "src/job/plan_check.h"

namespace jobgate {
namespace {

struct Condition {
  std::string what;
  std::string detail;
  std::optional<Time> since = std::nullopt;
  std::optional<Time> until = std::nullopt;
  std::string who = {};
  std::string command = {};
};

using Conditions = std::vector<Condition>;

Json ConditionJson(const Condition& condition) {
  Json json = Json::object();
  json["what"] = condition.what;
  json["detail"] = condition.detail;
  json["since"] = OrNull(condition.since);
  json["until"] = OrNull(condition.until);
  json["who"] = NullIfEmpty(condition.who);
  json["command"] = NullIfEmpty(condition.command);
  return json;
}

std::string Count(int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Approved, and held back until somebody has looked whether that still stands.
bool WaitsForLook(const ExplainInput& input) {
  const Job& job = *input.job;
  return input.gate && input.gate->github && job.gate && !job.gate->approvals.empty() &&
         job.run_after != job.ready_at;
}

void AddDelay(const ExplainInput& input, Conditions& conditions) {
  const Job& job = *input.job;
  if (job.ready_at <= input.snapshot->taken_at) return;
  if (WaitsForLook(input)) {
    conditions.push_back({"observation",
                          "it is approved, and starts once GitHub has been asked whether the "
                          "approval still stands",
                          job.updated_at, std::nullopt, "", "jobgate check " + job.id});
    return;
  }
  const bool retry = job.tries > 0;
  conditions.push_back({retry ? "retry_delay" : "delayed",
                        retry ? "try " + std::to_string(job.tries) + " of " +
                                    std::to_string(job.attempts_max) + " failed (" +
                                    job.last_error.value_or("no reason known") +
                                    "); it is tried again after a pause"
                              : "it was submitted to run later",
                        job.updated_at, job.ready_at});
}

void AddWorker(const ExplainInput& input, Conditions& conditions) {
  if (const std::optional<ClaimStop> stop = WhyNotClaiming(*input.snapshot))
    conditions.push_back({stop->what, stop->why, std::nullopt, std::nullopt,
                          stop->command.empty() ? "" : "an operator", stop->command});
}

void AddDeclaration(const ExplainInput& input, Conditions& conditions) {
  if (input.declaration) return;
  conditions.push_back({"undeclared",
                        "entrypoint '" + input.job->entrypoint +
                            "' is no longer declared; it is dead-lettered when its turn comes",
                        std::nullopt, std::nullopt,
                        "whoever edits " + input.snapshot->config->path});
}

int64_t MoreUrgent(const StateCounts& counts, Priority priority) {
  int64_t ahead = 0;
  for (const auto& [other, count] : counts.queued_by_priority)
    if (other < priority) ahead += count;
  return ahead;
}

void AddBreaker(const ExplainInput& input, Conditions& conditions) {
  const std::string& name = input.job->entrypoint;
  const auto found = input.snapshot->breakers.find(name);
  if (found == input.snapshot->breakers.end()) return;
  const Breaker& breaker = found->second;
  const std::string who = "the breaker of '" + name + "' is ";
  const std::string reset = "jobgate breaker reset " + name;
  if (breaker.state == BreakerState::kOpen) {
    const std::string error = breaker.last_error.empty() ? "" : " (" + breaker.last_error + ")";
    conditions.push_back({"breaker",
                          who + "open after " + Count(breaker.failures, "failure") + " in a row" +
                              error + "; then one job is tried",
                          breaker.opened_at, breaker.until, "an operator", reset});
  } else if (breaker.probe) {
    conditions.push_back({"breaker",
                          who + "half open, and " + breaker.probe->job_id + " is being tried",
                          breaker.opened_at, std::nullopt, "an operator", reset});
  }
}

void AddEntrypointLimit(const ExplainInput& input, Conditions& conditions) {
  const EngineSnapshot& snapshot = *input.snapshot;
  const std::string& name = input.job->entrypoint;
  const auto limit = snapshot.config->concurrent_limits.find(name);
  const auto totals = snapshot.by_entrypoint.find(name);
  if (limit == snapshot.config->concurrent_limits.end() || totals == snapshot.by_entrypoint.end() ||
      totals->second.running < limit->second)
    return;
  conditions.push_back(
      {"entrypoint_limit",
       Count(totals->second.running, "job") + " of '" + name + "' run, and no more than " +
           std::to_string(limit->second) + " may (its maxConcurrent)",
       std::nullopt, std::nullopt, "", "jobgate list --state running --entrypoint " + name});
}

int64_t Running(const EngineSnapshot& snapshot) {
  const int64_t counted = snapshot.counts ? snapshot.counts->Of(JobState::kRunning) : 0;
  return std::max(counted, static_cast<int64_t>(snapshot.running_jobs.size()));
}

void AddSlots(const ExplainInput& input, Conditions& conditions) {
  const EngineSnapshot& snapshot = *input.snapshot;
  const auto& queue = snapshot.config->queue;
  const bool urgent = input.job->priority <= Priority::kHigh;
  const int64_t slots = queue.concurrent_max + (urgent ? queue.express_slots : 0);
  if (Running(snapshot) < slots) return;
  std::string detail = "all " + Count(slots, "slot") + " are busy";
  if (urgent && queue.express_slots > 0) detail += ", the express ones too";
  if (!snapshot.running_jobs.empty()) detail += ", longest with " + snapshot.running_jobs.front();
  conditions.push_back({"slots", detail, std::nullopt, std::nullopt, "", "jobgate worker status"});
  if (!snapshot.counts) return;
  if (const int64_t ahead = MoreUrgent(*snapshot.counts, input.job->priority); ahead > 0)
    conditions.push_back({"queue", Count(ahead, "more urgent job") + " go first", std::nullopt,
                          std::nullopt, "an operator",
                          "jobgate priority " + input.job->id + " critical"});
}

Conditions OfQueued(const ExplainInput& input) {
  Conditions conditions;
  AddDelay(input, conditions);
  AddWorker(input, conditions);
  AddDeclaration(input, conditions);
  AddBreaker(input, conditions);
  AddEntrypointLimit(input, conditions);
  AddSlots(input, conditions);
  return conditions;
}

std::string ApprovalDetail(const Job& job, const GatePolicy& gate) {
  std::string detail =
      job.gate->reason.empty() ? "step '" + job.step_name + "' is gated" : job.gate->reason;
  std::vector<Actor> people;
  for (const Approval& approval : job.gate->approvals)
    if (std::ranges::find(people, approval.by) == people.end()) people.push_back(approval.by);
  std::string who;
  for (const Actor& one : people) who += (who.empty() ? "" : ", ") + one;
  if (who.empty())
    detail += "; 0 of " + Count(gate.approvals_min, "approval");
  else
    detail += "; approved so far by " + who + " (" + std::to_string(people.size()) + " of " +
              std::to_string(gate.approvals_min) + ")";
  if (!job.gate->digest.empty()) detail += ", digest " + job.gate->digest.substr(0, 12);
  return detail;
}

std::string WhereToDecide(const Job& job, const GatePolicy& gate, const Config& config) {
  if (!gate.github) return "";
  if (config.approval.provider != "github")
    return "; it was to be decided on GitHub, where nobody looks any more (approval.provider)" +
           std::string(gate.github->allow_local
                           ? ""
                           : ": cancel it and retry it, or set the provider back");
  if (!job.issue_url) return "; its issue is not made yet";
  return "; on " + *job.issue_url + (job.gate->posted ? "" : ", where it is not posted yet");
}

// Its time is over, and whether somebody approved it in time is not known yet.
bool WaitsForLastLook(const ExplainInput& input) {
  const Job& job = *input.job;
  return job.state == JobState::kWaitingApproval && job.gate && input.gate && input.gate->github &&
         input.snapshot->taken_at >= *job.approval_expires_at;
}

Condition LastLook(const Job& job) {
  return {"last_look",
          job.gate->posted
              ? "its time is over, and it ends once GitHub has been asked whether it was approved "
                "before"
              : "its time ran out before GitHub had its request; once that is posted, it has its "
                "whole time again",
          job.approval_expires_at,
          std::nullopt,
          "",
          "jobgate check " + job.id};
}

Conditions OfWaiting(const ExplainInput& input) {
  const Job& job = *input.job;
  if (!job.gate) return {};
  const GatePolicy gate = input.gate ? *input.gate : GatePolicy{};
  Conditions conditions;
  if (WaitsForLastLook(input)) conditions.push_back(LastLook(job));
  conditions.push_back(
      {"approval", ApprovalDetail(job, gate) + WhereToDecide(job, gate, *input.snapshot->config),
       job.gate->requested_at, job.approval_expires_at, WhoMayApprove(gate, job.requester),
       HowToApprove(job, gate)});
  for (const RefusedVoice& refusal : job.gate->refusals)
    conditions.push_back(
        {"refused", refusal.what + " by " + refusal.by + ": " + refusal.reason, refusal.at});
  return conditions;
}

std::string StopDetail(const StopIntent& stop) {
  const std::string reason = stop.reason.empty() ? "" : ": " + stop.reason;
  switch (stop.kind) {
    case StopIntent::Kind::kCancel:
      return stop.by + " cancels it" + reason;
    case StopIntent::Kind::kFail:
      return stop.by + " ends it as failed" + reason;
    case StopIntent::Kind::kDrain:
      return "the worker's drain stops it" + reason;
  }
  return stop.by + " stops it" + reason;
}

Conditions OfRunning(const ExplainInput& input) {
  const Job& job = *input.job;
  const std::string attempt = "attempt " + std::to_string(job.attempts);
  Condition running{
      "running",
      attempt + (WasPlanCheck(job) ? " runs the step before once more, to see whether it "
                                     "still gives what was approved for step '" +
                                         job.step_name + "'"
                                   : " of step '" + job.step_name + "' runs")};
  if (input.last_attempt) running.since = input.last_attempt->started_at;
  if (running.since && input.declaration)
    running.until = *running.since + input.declaration->timeout;
  running.command = "jobgate logs " + job.id + " --follow";
  Conditions conditions = {running};
  if (job.stop) conditions.push_back({"stopping", StopDetail(*job.stop), job.updated_at});
  return conditions;
}

Conditions OfInterrupted(const ExplainInput& input) {
  const Job& job = *input.job;
  return {{"interrupted",
           "attempt " + std::to_string(job.attempts) + " did not end by itself (" +
               job.last_error.value_or("nobody knows how it ended") +
               "); look at what it did before it is resolved",
           job.updated_at, std::nullopt, "an operator",
           "jobgate resolve " + job.id + " --as succeeded|failed|retry"}};
}

Conditions OfDead(const ExplainInput& input) {
  const Job& job = *input.job;
  return {{"dead_lettered", job.dlq_reason.value_or(job.last_error.value_or("no reason known")),
           job.finished_at, std::nullopt, "an operator", "jobgate dlq retry " + job.id}};
}

Conditions ConditionsOf(const ExplainInput& input) {
  switch (input.job->state) {
    case JobState::kQueued:
      return OfQueued(input);
    case JobState::kWaitingApproval:
      return OfWaiting(input);
    case JobState::kRunning:
      return OfRunning(input);
    case JobState::kInterrupted:
      return OfInterrupted(input);
    case JobState::kDeadLettered:
      return OfDead(input);
    default:
      return {};
  }
}

std::string EndSummary(const Job& job) {
  std::string text = "it is over: " + std::string(NameOf(job.state));
  if (job.state != JobState::kSucceeded && job.last_error) text += " (" + *job.last_error + ")";
  if (job.retried_as) text += "; retried as " + *job.retried_as;
  return text;
}

std::string SummaryOf(const Job& job, const Conditions& conditions) {
  switch (job.state) {
    case JobState::kQueued:
      return conditions.empty() ? "it starts with the next free slot, which there is"
                                : "it waits: " + conditions.front().detail;
    case JobState::kWaitingApproval:
      return conditions.empty() || conditions.front().what != "last_look"
                 ? "it waits for a person to approve it"
                 : conditions.front().detail;
    case JobState::kRunning:
      return job.stop ? "it is being stopped" : "it runs";
    case JobState::kInterrupted:
      return "its outcome is unknown and wants a decision";
    case JobState::kDeadLettered:
      return "it failed for good and is kept for a person to decide";
    default:
      return EndSummary(job);
  }
}

}  // namespace

Json WaitJson(const ExplainInput& input) {
  if (input.job->state != JobState::kQueued) return nullptr;
  const Conditions conditions = OfQueued(input);
  if (conditions.empty()) return nullptr;
  Json json = Json::object();
  json["what"] = conditions.front().what;
  json["detail"] = conditions.front().detail;
  json["until"] = OrNull(conditions.front().until);
  return json;
}

Json ExplainJson(const ExplainInput& input) {
  const Conditions conditions = ConditionsOf(input);
  Json json = Json::object();
  json["id"] = input.job->id;
  json["state"] = NameOf(input.job->state);
  json["summary"] = SummaryOf(*input.job, conditions);
  json["stop"] = StopJson(*input.job);
  json["conditions"] = Json::array();
  for (const Condition& condition : conditions)
    json["conditions"].push_back(ConditionJson(condition));
  return json;
}

}  // namespace jobgate
