// I5, decided without the engine's gate: who approved which digest of what, when, and what was
// then started under it.
#pragma once
#include <string>

#include "src/job/event.h"
#include "tests/simulation/model.h"

namespace jobgate::sim {

class GateRules {
 public:
  // `current` are the settings the daemon runs with now, `hmac_key` the store's.
  GateRules(SettingsPtr current, std::string hmac_key)
      : current_(std::move(current)), hmac_key_(std::move(hmac_key)) {}

  // A request is opened at `at` for step `step`; `declared` says what it shows.
  void Open(ModelJob& job, SettingsPtr declared, int step, bool asked_by_job, Time at) const;

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
  std::string DigestShown(const ModelJob& job) const;

  const SettingsPtr current_;
  const std::string hmac_key_;
};

}  // namespace jobgate::sim
