#include "src/http/metrics.h"

#include <prometheus/text_serializer.h>

#include <limits>
#include <utility>
#include <vector>

#include "approvals/refusal.h"
#include "src/api/version.h"

namespace jobgate {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

MetricFamily Family(std::string name, std::string help, MetricType type) {
  MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = type;
  return family;
}

void AddValue(MetricFamily& family, Labels labels, double value) {
  ClientMetric& metric = family.metric.emplace_back();
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
}

MetricFamily Single(std::string name, std::string help, MetricType type, double value) {
  MetricFamily family = Family(std::move(name), std::move(help), type);
  AddValue(family, {}, value);
  return family;
}

double Number(int64_t count) {
  return static_cast<double>(count);
}

MetricFamily Jobs(const StateCounts& counts) {
  MetricFamily family = Family("jobgate_jobs", "Jobs by state.", MetricType::Gauge);
  for (JobState state : kAllJobStates)
    AddValue(family, {{"state", std::string(NameOf(state))}}, Number(counts.Of(state)));
  return family;
}

MetricFamily QueueDepth(const StateCounts& counts) {
  MetricFamily family =
      Family("jobgate_queue_depth", "Queued jobs by priority.", MetricType::Gauge);
  for (Priority priority : kAllPriorities) {
    auto it = counts.queued_by_priority.find(priority);
    const int64_t depth = it == counts.queued_by_priority.end() ? 0 : it->second;
    AddValue(family, {{"priority", std::string(NameOf(priority))}}, Number(depth));
  }
  return family;
}

MetricFamily EntrypointJobs(const EngineSnapshot& snapshot) {
  MetricFamily family = Family("jobgate_entrypoint_jobs", "Queued and running jobs by entrypoint.",
                               MetricType::Gauge);
  for (const auto& [name, totals] : snapshot.by_entrypoint) {
    AddValue(family, {{"entrypoint", name}, {"state", "queued"}}, Number(totals.queued));
    AddValue(family, {{"entrypoint", name}, {"state", "running"}}, Number(totals.running));
  }
  return family;
}

// Nothing there is of no age; what comes from a clock that was set back neither.
double AgeInSeconds(const std::optional<Time>& since, Time now) {
  const Duration age = since ? std::max(now - *since, Duration(0)) : Duration(0);
  return std::chrono::duration<double>(age).count();
}

MetricFamily OldestQueued(const EngineSnapshot& snapshot) {
  return Single("jobgate_queue_oldest_seconds", "How long the oldest job waits for a slot.",
                MetricType::Gauge,
                AgeInSeconds(snapshot.counts->oldest_ready_at, snapshot.taken_at));
}

MetricFamily Attempts(const EngineSnapshot& snapshot) {
  MetricFamily family =
      Family("jobgate_attempts_total", "Ended attempts since the start, by entrypoint and outcome.",
             MetricType::Counter);
  for (const auto& [key, count] : snapshot.attempts_by_outcome)
    AddValue(family, {{"entrypoint", key.first}, {"outcome", key.second}}, Number(count));
  return family;
}

// `bounds` are those of all buckets but the last.
template <typename Histogram, typename Bounds>
void AddHistogram(MetricFamily& family, Labels labels, const Histogram& histogram,
                  double sum_seconds, const Bounds& bounds) {
  ClientMetric& metric = family.metric.emplace_back();
  metric.label = std::move(labels);
  metric.histogram.sample_count = static_cast<uint64_t>(histogram.count);
  metric.histogram.sample_sum = sum_seconds;
  uint64_t below = 0;
  for (size_t i = 0; i < histogram.buckets.size(); ++i) {
    below += static_cast<uint64_t>(histogram.buckets[i]);
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({below, bound});
  }
}

MetricFamily Durations(const EngineSnapshot& snapshot) {
  MetricFamily family = Family("jobgate_attempt_duration_seconds",
                               "Runtime of ended attempts by entrypoint.", MetricType::Histogram);
  for (const auto& [entrypoint, runtimes] : snapshot.runtimes)
    AddHistogram(family, {{"entrypoint", entrypoint}}, runtimes, runtimes.sum_seconds,
                 kRuntimeBucketsSeconds);
  return family;
}

MetricFamily OldestRequest(const EngineSnapshot& snapshot) {
  return Single("jobgate_approval_oldest_seconds", "Age of the oldest open request for approval.",
                MetricType::Gauge, AgeInSeconds(snapshot.oldest_request_at, snapshot.taken_at));
}

MetricFamily DecisionDurations(const ApprovalTally& tally) {
  MetricFamily family =
      Family("jobgate_approval_decision_seconds", "From a request to its decision, over restarts.",
             MetricType::Histogram);
  for (const auto& [decision, times] :
       {std::pair{"approved", &tally.approved}, std::pair{"rejected", &tally.rejected}})
    AddHistogram(family, {{"decision", decision}}, *times,
                 static_cast<double>(times->sum_ms) / 1000, kDecisionBucketsSeconds);
  return family;
}

MetricFamily GateDecisions(const ApprovalTally& tally) {
  MetricFamily family =
      Family("jobgate_gate_requests_total", "Ended requests over restarts, by gate and end.",
             MetricType::Counter);
  for (const auto& [name, gate] : tally.gates)
    for (const auto& [end, count] :
         {std::pair{"approved", gate.approved}, std::pair{"rejected", gate.rejected},
          std::pair{"expired", gate.expired}})
      AddValue(family, {{"entrypoint", name.first}, {"step", name.second}, {"end", end}},
               Number(count));
  return family;
}

MetricFamily People(const ApprovalTally& tally) {
  MetricFamily family =
      Family("jobgate_approval_voices_total",
             "What people said at gates and counted, over restarts.", MetricType::Counter);
  for (const auto& [actor, person] : tally.people) {
    AddValue(family, {{"actor", actor}, {"said", "approve"}}, Number(person.approvals));
    AddValue(family, {{"actor", actor}, {"said", "reject"}}, Number(person.rejections));
  }
  return family;
}

MetricFamily Refusals(const ApprovalTally& tally) {
  MetricFamily family = Family("jobgate_approval_refusals_total",
                               "What was said at gates and did not count, over restarts, by cause.",
                               MetricType::Counter);
  for (const auto& known : kRefusalCauses) {
    const std::string cause(known.second);
    const auto found = tally.refusals.find(cause);
    AddValue(family, {{"cause", cause}}, found == tally.refusals.end() ? 0 : Number(found->second));
  }
  return family;
}

MetricFamily BreakerStates(const EngineSnapshot& snapshot) {
  MetricFamily family = Family("jobgate_breaker_state",
                               "0 closed, 1 half open, 2 open; by entrypoint.", MetricType::Gauge);
  if (!snapshot.config->breaker.enabled) return family;
  for (const auto& declared : snapshot.config->entrypoints) {
    const auto found = snapshot.breakers.find(declared.first);
    const auto state =
        found == snapshot.breakers.end() ? BreakerState::kClosed : found->second.state;
    AddValue(family, {{"entrypoint", declared.first}}, static_cast<double>(state));
  }
  return family;
}

MetricFamily Events(const EngineSnapshot& snapshot) {
  MetricFamily family =
      Family("jobgate_events_total", "Events since the start, by type.", MetricType::Counter);
  for (const auto& [type, count] : snapshot.events)
    AddValue(family, {{"type", type}}, Number(count));
  return family;
}

MetricFamily BuildInfo() {
  MetricFamily family =
      Family("jobgate_build_info", "1, labelled with the version.", MetricType::Gauge);
  AddValue(family, {{"version", std::string(kVersion)}}, 1);
  return family;
}

}  // namespace

std::string MetricsText(const EngineSnapshot& snapshot, const SystemFigures& system) {
  constexpr auto kGauge = MetricType::Gauge;
  constexpr auto kCounter = MetricType::Counter;
  std::vector<MetricFamily> families;
  families.push_back(BuildInfo());
  families.push_back(Single("jobgate_store_up", "1 while the store can write, else 0.", kGauge,
                            snapshot.store_fault ? 0 : 1));
  families.push_back(Single("jobgate_worker_running", "1 while jobs are claimed, else 0.", kGauge,
                            snapshot.claiming ? 1 : 0));
  families.push_back(Single("jobgate_worker_slots", "Slots for running jobs.", kGauge,
                            Number(snapshot.config->queue.concurrent_max)));
  families.push_back(Single("jobgate_worker_express_slots",
                            "Further slots for critical and high jobs.", kGauge,
                            Number(snapshot.config->queue.express_slots)));
  families.push_back(Single("jobgate_uptime_seconds", "Time since the daemon started.", kGauge,
                            std::chrono::duration<double>(snapshot.uptime).count()));
  families.push_back(Single("jobgate_queue_size_limit", "queue.maxQueueSize.", kGauge,
                            Number(snapshot.config->queue.queued_max)));
  families.push_back(Single("jobgate_backpressure_active",
                            "1 while submissions of normal and lower priority are refused, else 0.",
                            kGauge, snapshot.backpressure ? 1 : 0));
  families.push_back(Single("jobgate_intake_paused", "1 while every submission is refused, else 0.",
                            kGauge, snapshot.intake.paused ? 1 : 0));
  families.push_back(Single("jobgate_intake_limit_per_minute",
                            "Submissions that are taken a minute; 0 = as many as come.", kGauge,
                            Number(snapshot.intake.per_minute)));
  if (snapshot.counts) {
    families.push_back(Jobs(*snapshot.counts));
    families.push_back(QueueDepth(*snapshot.counts));
    families.push_back(OldestQueued(snapshot));
    families.push_back(EntrypointJobs(snapshot));
  }
  families.push_back(Attempts(snapshot));
  families.push_back(Durations(snapshot));
  families.push_back(Events(snapshot));
  families.push_back(Single("jobgate_escalations_total",
                            "Retries from the dead-letter queue that waited for a person.",
                            kCounter, Number(snapshot.escalations)));
  if (snapshot.counts) families.push_back(OldestRequest(snapshot));
  families.push_back(DecisionDurations(snapshot.approvals));
  families.push_back(GateDecisions(snapshot.approvals));
  families.push_back(People(snapshot.approvals));
  families.push_back(Refusals(snapshot.approvals));
  families.push_back(Single("jobgate_gates_never_rejected",
                            "Gates that have approved, and never rejected anything.", kGauge,
                            Number(snapshot.approvals.GatesNeverRejected())));
  families.push_back(BreakerStates(snapshot));
  families.push_back(Single("process_resident_memory_bytes", "Resident memory of the daemon.",
                            kGauge, Number(system.rss_bytes)));
  families.push_back(Single("process_cpu_seconds_total", "CPU time of the daemon.", kCounter,
                            system.cpu_seconds_total));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace jobgate
