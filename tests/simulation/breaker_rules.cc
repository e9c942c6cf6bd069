#include "tests/simulation/breaker_rules.h"

#include "tests/simulation/violation.h"

namespace jobgate::sim {

void BreakerRules::Apply(const Event& event, const Json& payload, const Settings& current) {
  Seen& seen = all_[payload.at("entrypoint").get<std::string>()];
  const auto require = [&](bool holds) {
    Require(holds, "I6", [&] { return event.type + " of a breaker that is " + seen.state; });
  };
  if (event.type == "breaker:opened") {
    const bool again = payload.at("probeFailed");
    require(seen.state == (again ? "half_open" : "closed") && (!again || seen.probe));
    Require(again || payload.at("failures") >= current.breaker_failures, "I6",
            [&] { return event.type + " after " + payload.at("failures").dump() + " failures"; });
    seen = {"open", event.at + current.breaker_open, std::nullopt};
  } else if (event.type == "breaker:half_open") {
    require(seen.state == "open" && event.at >= seen.until);
    seen.state = "half_open";
  } else if (event.type == "breaker:closed") {
    require(seen.state == "half_open" && seen.probe);
    seen = {};
  } else {
    require(seen.state != "closed");
    seen = {};
  }
}

void BreakerRules::CheckClaimed(const std::string& type, const AttemptId& id, bool probe_lives,
                                const Settings& current) {
  const auto found = all_.find(type);
  if (found == all_.end() || !current.breaker) return;
  Require(!Holds(type, probe_lives, current), "I6",
          [&] { return id.job_id + " was claimed past a breaker that is " + found->second.state; });
  if (found->second.state == "half_open") found->second.probe = id;
}

std::optional<AttemptId> BreakerRules::ProbeOf(const std::string& type) const {
  const auto found = all_.find(type);
  return found == all_.end() ? std::nullopt : found->second.probe;
}

bool BreakerRules::Holds(const std::string& type, bool probe_lives, const Settings& current) const {
  const auto found = all_.find(type);
  if (found == all_.end() || !current.breaker) return false;
  return found->second.state == "open" || (found->second.state == "half_open" && probe_lives);
}

}  // namespace jobgate::sim
