// Reads what has become durable since the last look, event by event, and holds it against the
// commands that people sent and against the lifecycle.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "store/store.h"
#include "tests/simulation/gate_rules.h"
#include "tests/simulation/model.h"

namespace jobgate::sim {

class History {
 public:
  // `sent` are the commands of the turns since the last look. `now` is the engine's time as the
  // simulator counts it.
  History(Model& model, Store& durable, const Ledger& ledger, std::vector<SentPtr> sent,
          SettingsPtr current, Time now);

  // Throws Violation. Returns the events, up to number `last`.
  std::vector<Event> Read(int64_t last);
  // Jobs that an event was about.
  const std::set<JobId>& touched() const { return touched_; }
  // Jobs that were claimed from the queue.
  const std::vector<JobId>& claimed() const { return claimed_; }
  // Those of them that a dry worker started: they run no more at the end of the turn.
  const std::set<JobId>& rehearsed() const { return rehearsed_; }
  const GateRules& gates() const { return gates_; }

 private:
  void Apply(const Event& event);
  void Worker(const Event& event, const Json& payload);
  void Submitted(const Event& event, const Json& payload);
  void Replayed(const Event& event, const Json& payload) const;
  Sent& SubmissionOf(const Event& event, const Job& job) const;
  void TakeKey(const Job& job);
  void Moved(ModelJob& job, const Event& event, const Json& payload);
  void React(ModelJob& job, States before, const Event& event, const Json& payload);
  void Started(ModelJob& job, States before, const Event& event, const Json& payload);
  void WaitsAgain(ModelJob& job, States before, const Event& event, const Json& payload);
  void Approved(ModelJob& job, const Event& event, const Json& payload);
  void Resolved(ModelJob& job, const Event& event, const Json& payload);
  void Interrupted(const ModelJob& job) const;
  void Recovered(const ModelJob& job) const;
  void Replaced(ModelJob& job, const Event& event, const Json& payload);

  // Whether the probe of a half-open breaker still runs, as of the end of the turn.
  bool ProbeLives(const std::string& type) const;
  ModelJob& Refreshed(const JobId& id);
  SettingsPtr DeclarationOf(const ModelJob& job) const;  // at its next start
  SettingsPtr RunsBy(const ModelJob& job) const;         // since its last start
  // The command of a person that `event` came of; throws Violation where nobody sent one.
  template <typename C, typename Fits>
  Sent& CommandOf(const Event& event, Fits fits) const;
  template <typename C>
  Sent& CommandOn(const Event& event) const;

  Model& model_;
  Store& durable_;
  const std::vector<SentPtr> sent_;
  const SettingsPtr current_;
  const Time now_;
  const GateRules gates_;
  std::set<JobId> touched_;
  std::vector<JobId> claimed_;
  std::set<JobId> rehearsed_;
};

// Whether `typed` is `id` or a beginning of it, in any of the forms people type.
bool Names(const std::string& typed, const JobId& id);

}  // namespace jobgate::sim
