// What the breakers hold back, told from their events and from what was claimed.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "src/job/event.h"
#include "src/worker/spawner.h"
#include "tests/simulation/settings.h"

namespace jobgate::sim {

class BreakerRules {
 public:
  // An event of a breaker. Throws Violation where it does not follow.
  void Apply(const Event& event, const Json& payload, const Settings& current);
  // A job of `type` was claimed; `probe_lives` says whether the probe before it still runs. Throws
  // Violation where a breaker held it.
  void CheckClaimed(const std::string& type, const AttemptId& id, bool probe_lives,
                    const Settings& current);

  std::optional<AttemptId> ProbeOf(const std::string& type) const;
  // Whether no job of `type` may be claimed now.
  bool Holds(const std::string& type, bool probe_lives, const Settings& current) const;

 private:
  struct Seen {
    std::string state = "closed";
    Time until;
    std::optional<AttemptId> probe;
  };
  std::map<std::string, Seen> all_;
};

}  // namespace jobgate::sim
