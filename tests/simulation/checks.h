// The invariants that can be read off the store, the model and the ledger. Each throws Violation.
#pragma once
#include <set>
#include <vector>

#include "store/store.h"
#include "tests/simulation/gate_rules.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/model.h"

namespace jobgate::sim {

// Reads the job again and checks it against its events, its attempts and the ledger.
void CheckJob(ModelJob& job, Store& durable, const Ledger& ledger, const GateRules& gates);

// The counters against the model (I8).
void CheckCounts(const Model& model, Store& durable, Time now);

// Everything, from the first job to the last (after a recovery, and at the end).
void CheckWholeStore(Model& model, Store& durable, const Ledger& ledger, const GateRules& gates,
                     Time now);

// Every process since `from`: a durable start stands behind it, and it runs what that says.
// Returns how far it looked.
size_t CheckProcesses(const Model& model, const Ledger& ledger, size_t from);

// After a turn: no slot taken too many, of the whole or of an entrypoint's; none given past a more
// urgent job that could have had it, but once in ten to an overdue one; and none idle while such a
// job is ready, where the worker was free to claim, but for an express slot that an overdue job's
// tenth start waits for.
struct ClaimCheck {
  const Settings& settings;
  Time now;
  int64_t running_before = 0;
  std::vector<JobId> claimed;
  std::set<JobId> rehearsed = {};  // had a slot in this turn, and have none after it
  bool free_to_claim = false;
};
void CheckClaims(const ClaimCheck& check, Model& model);

}  // namespace jobgate::sim
