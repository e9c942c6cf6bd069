// One look at an issue as a client makes it: in four requests, between which people go on.
#pragma once
#include "approvals/issue_observation.h"
#include "tests/simulation/approval/hub.h"

namespace jobgate::sim {

class Reading {
 public:
  explicit Reading(int64_t number) { seen_.number = number; }

  bool IsWhole() const { return parts_ == kParts; }
  void ReadPart(Hub& hub);
  const IssueObservation& seen() const { return seen_; }
  // Of the issue as the first request found it.
  int64_t version() const { return version_; }

 private:
  static constexpr int kParts = 4;

  void ReadRoles(const Hub& hub);

  IssueObservation seen_;
  int64_t version_ = 0;
  int parts_ = 0;
};

}  // namespace jobgate::sim
