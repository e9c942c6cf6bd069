// I5, decided without the engine's gate: who approved which digest of what, when, and what was
// then started under it.
#pragma once
#include <string>

#include "src/job/event.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/model.h"

namespace jobgate::sim {

class GateRules {
 public:
  // `current` are the settings the daemon runs with now, `hmac_key` the store's. `ledger` must
  // outlive this.
  GateRules(SettingsPtr current, std::string hmac_key, const Ledger& ledger)
      : current_(std::move(current)), hmac_key_(std::move(hmac_key)), ledger_(ledger) {}

  // A request is opened at `at` for step `step`; `declared` says what it shows, and `left_by` is
  // the attempt whose output it shows (0 = none).
  void Open(ModelJob& job, SettingsPtr declared, int step, bool asked_by_job, Time at,
            int left_by) const;
  // The attempt whose output a request in place of the open one shows.
  static int KeptOutput(const ModelJob& job, int step);

  // Throw Violation (I5).
  void CheckApproved(ModelJob& job, const Actor& by, const std::string& digest) const;
  void CheckReleased(const ModelJob& job) const;
  // Fills job.starts.
  void CheckStarted(ModelJob& job, const SettingsPtr& declared, const Attempt& attempt,
                    const Json& payload, Time at) const;
  // A request that stands open: that its digest is the digest of what it shows.
  void CheckShown(const ModelJob& job) const;

  // Whether the rule in force for the request lets `actor` approve.
  bool MayApprove(const ModelJob& job, const Actor& actor) const;

 private:
  // That of the step, else that for requests by a job.
  const GateRule& RuleOf(const ModelJob& job, const Settings& settings) const;
  int Accepted(const ModelJob& job, const GateRule& shown, const GateRule& now) const;
  void CheckUse(ModelJob& job, const Attempt& attempt, Time at) const;
  void CheckFurtherTry(const ModelJob& job, const Attempt& attempt) const;
  void CheckCheck(const ModelJob& job, const Attempt& attempt) const;
  void CheckChecked(const ModelJob& job, const Attempt& attempt, Time at) const;
  std::string PreviousStdout(const ModelJob& job) const;
  std::string DigestShown(const ModelJob& job) const;

  const SettingsPtr current_;
  const std::string hmac_key_;
  const Ledger& ledger_;
};

}  // namespace jobgate::sim
