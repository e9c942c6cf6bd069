// What was decided at the gates since counting began. The store keeps it whole, so that it outlives
// the daemon and what the history forgets. A value.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "src/base/error.h"
#include "src/base/json.h"
#include "src/base/time.h"
#include "src/job/event.h"

namespace jobgate {

// Upper bounds in seconds of the buckets from a request to its decision; the last one is +Inf.
inline constexpr std::array kDecisionBucketsSeconds = {60.0,   300.0,   900.0,   1800.0,  3600.0,
                                                       7200.0, 14400.0, 28800.0, 86400.0, 259200.0};

struct DecisionTimes {
  std::array<int64_t, kDecisionBucketsSeconds.size() + 1> buckets{};  // not cumulative
  int64_t sum_ms = 0;
  int64_t count = 0;

  void Add(Duration waited);
  bool operator==(const DecisionTimes&) const = default;
};

struct ApprovalTally {
  // Stands for all people, or gates, that came when there were this many already.
  static constexpr const char* kOthers = "(others)";
  static constexpr size_t kPeopleMax = 100;
  static constexpr size_t kGatesMax = 200;

  // What somebody said that counted.
  struct Person {
    int64_t approvals = 0;
    int64_t rejections = 0;
    bool operator==(const Person&) const = default;
  };
  // Ends of requests.
  struct Gate {
    int64_t approved = 0;
    int64_t rejected = 0;
    int64_t expired = 0;
    bool operator==(const Gate&) const = default;

    // It was asked, and whatever it was asked for was approved: nobody may have looked.
    bool NeverRejected() const { return approved > 0 && rejected == 0; }
  };
  using GateName = std::pair<std::string, std::string>;  // entrypoint, step

  std::optional<Time> since;  // absent: nothing happened yet
  std::map<std::string, Person> people;
  std::map<std::string, int64_t> refusals;  // by cause, as approvals/refusal.h names it
  std::map<GateName, Gate> gates;
  DecisionTimes approved, rejected;

  bool operator==(const ApprovalTally&) const = default;

  // Takes one event of a job of `entrypoint`; those that are about no gate change nothing.
  void Count(const Event& event, const std::string& entrypoint);
  // Whether Count would look at events of this type.
  static bool Counts(const std::string& type);

  Gate Total() const {
    Gate total;
    for (const auto& [name, gate] : gates) {
      total.approved += gate.approved;
      total.rejected += gate.rejected;
      total.expired += gate.expired;
    }
    return total;
  }
  int64_t GatesNeverRejected() const {
    return std::ranges::count_if(gates, [](const auto& one) { return one.second.NeverRejected(); });
  }
};

Json ToJson(const ApprovalTally& tally);
// Errors: kInvalidArgument for what ToJson did not write.
Result<ApprovalTally> ApprovalTallyFrom(const Json& json);

}  // namespace jobgate
