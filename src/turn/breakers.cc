#include "src/turn/breakers.h"

#include <utility>

#include "src/turn/turn.h"

namespace jobgate {
namespace {

constexpr std::string_view kSetting = "breakers";
constexpr size_t kErrorBytesMax = 200;

enum class Verdict { kSuccess, kFailure, kNone };

// What an attempt's end says about the entrypoint. One that people stopped, that asks for approval,
// whose end nobody knows, or of which nothing was executed says nothing.
Verdict VerdictOf(const Attempt& attempt) {
  const std::optional<std::string>& outcome = attempt.outcome;
  if (attempt.incarnation == kDryRun) return Verdict::kNone;
  if (outcome == "succeeded") return Verdict::kSuccess;
  const bool failed = outcome == "failed" || outcome == "timed_out" || outcome == "spawn_failed";
  return failed ? Verdict::kFailure : Verdict::kNone;
}

std::optional<Time> TimeAt(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return std::nullopt;
  return FromUnixMs(found->get<int64_t>());
}

Breaker BreakerFrom(const Json& json) {
  Breaker breaker;
  breaker.state = static_cast<BreakerState>(json.at("state").get<int>());
  breaker.failures = json.at("failures");
  breaker.opened_at = TimeAt(json, "openedAt");
  breaker.until = TimeAt(json, "until");
  breaker.last_error = json.at("error");
  if (json.contains("probe")) breaker.probe = AttemptId{json["probe"][0], json["probe"][1]};
  return breaker;
}

Json ToJson(const Breaker& breaker) {
  Json json = {{"state", static_cast<int>(breaker.state)},
               {"failures", breaker.failures},
               {"error", breaker.last_error}};
  if (breaker.opened_at) json["openedAt"] = ToUnixMs(*breaker.opened_at);
  if (breaker.until) json["until"] = ToUnixMs(*breaker.until);
  if (breaker.probe) json["probe"] = {breaker.probe->job_id, breaker.probe->number};
  return json;
}

}  // namespace

Result<void> Breakers::Load(Store& store) {
  auto stored = store.GetSetting(kSetting);
  if (!stored) return Fail(std::move(stored).error());
  all_.clear();
  is_changed_ = false;
  auto json = ParseJson(stored->value_or("{}"));
  if (!json) return Fail(Code::kStoreFault, "the stored breakers are damaged: " + **stored);
  for (const auto& [entrypoint, breaker] : json->items()) all_[entrypoint] = BreakerFrom(breaker);
  return {};
}

Result<void> Breakers::Keep(Turn& turn) {
  if (!is_changed_) return {};
  JOBGATE_TRY(turn.store.PutSetting(kSetting, Canonical(Stored())));
  is_changed_ = false;
  return {};
}

Json Breakers::Stored() const {
  Json json = Json::object();
  for (const auto& [entrypoint, breaker] : all_) json[entrypoint] = ToJson(breaker);
  return json;
}

Result<void> Breakers::Follow(Turn& turn) {
  if (!turn.config.breaker.enabled) return {};
  for (auto& [entrypoint, breaker] : all_) {
    if (breaker.state != BreakerState::kOpen || turn.now < *breaker.until) continue;
    breaker.state = BreakerState::kHalfOpen;
    breaker.until.reset();
    is_changed_ = true;
    JOBGATE_TRY(
        turn.Record("breaker:half_open", std::nullopt, std::nullopt, {{"entrypoint", entrypoint}}));
  }
  return {};
}

std::optional<Time> Breakers::NextDue(const Turn& turn) const {
  std::optional<Time> next;
  for (const auto& [entrypoint, breaker] : Held(turn))
    if (breaker.until && (!next || *breaker.until < *next)) next = breaker.until;
  return next;
}

void Breakers::Started(const Turn& turn, const std::string& entrypoint, const AttemptId& id) {
  const auto found = all_.find(entrypoint);
  if (!turn.config.breaker.enabled || found == all_.end()) return;
  if (found->second.state != BreakerState::kHalfOpen) return;
  found->second.probe = id;
  is_changed_ = true;
}

Result<void> Breakers::Ended(Turn& turn, const std::string& entrypoint, const Attempt& attempt) {
  const auto found = all_.find(entrypoint);
  const bool is_probe =
      found != all_.end() && found->second.probe == AttemptId{attempt.job_id, attempt.number};
  if (is_probe) {
    found->second.probe.reset();
    is_changed_ = true;
  }
  if (!turn.config.breaker.enabled) return {};
  const bool is_closed = found == all_.end() || found->second.state == BreakerState::kClosed;
  const Verdict verdict = VerdictOf(attempt);
  if (verdict == Verdict::kNone || (!is_closed && !is_probe)) return {};
  if (verdict == Verdict::kFailure) return Failed(turn, entrypoint, attempt);
  if (is_probe)
    return Close(turn, entrypoint, "breaker:closed", std::nullopt, {{"probe", attempt.job_id}});
  if (found != all_.end()) {
    all_.erase(found);
    is_changed_ = true;
  }
  return {};
}

Result<void> Breakers::Failed(Turn& turn, const std::string& entrypoint, const Attempt& attempt) {
  Breaker& breaker = all_[entrypoint];
  ++breaker.failures;
  breaker.last_error = attempt.error.value_or("").substr(0, kErrorBytesMax);
  is_changed_ = true;
  const bool opens = breaker.state == BreakerState::kHalfOpen ||
                     breaker.failures >= turn.config.breaker.failures_max;
  return opens ? Open(turn, entrypoint, breaker) : Result<void>();
}

Result<void> Breakers::Open(Turn& turn, const std::string& entrypoint, Breaker& breaker) {
  const bool again = breaker.state == BreakerState::kHalfOpen;
  breaker.state = BreakerState::kOpen;
  breaker.opened_at = turn.now;
  breaker.until = turn.now + turn.config.breaker.open_for;
  return turn.Record("breaker:opened", std::nullopt, std::nullopt,
                     {{"entrypoint", entrypoint},
                      {"failures", breaker.failures},
                      {"probeFailed", again},
                      {"error", breaker.last_error},
                      {"until", FormatTime(*breaker.until)}});
}

Result<void> Breakers::Close(Turn& turn, const std::string& entrypoint, std::string type,
                             const std::optional<Actor>& actor, Json payload) {
  payload["entrypoint"] = entrypoint;
  JOBGATE_TRY(turn.Record(std::move(type), std::nullopt, actor, payload));
  all_.erase(entrypoint);
  is_changed_ = true;
  return {};
}

Result<void> Breakers::Reset(Turn& turn, const std::string& entrypoint, const Actor& actor) {
  const auto found = all_.find(entrypoint);
  if (found == all_.end()) return {};
  if (found->second.state != BreakerState::kClosed)
    return Close(turn, entrypoint, "breaker:reset", actor, {{"from", NameOf(found->second.state)}});
  all_.erase(found);
  is_changed_ = true;
  return {};
}

std::optional<int64_t> Breakers::RoomOf(const Breaker& breaker) {
  switch (breaker.state) {
    case BreakerState::kClosed:
      return std::nullopt;
    case BreakerState::kHalfOpen:
      return breaker.probe ? 0 : 1;
    case BreakerState::kOpen:
      return 0;
  }
  return std::nullopt;
}

const Breakers::All& Breakers::Held(const Turn& turn) const {
  static const All kNone;
  return turn.config.breaker.enabled ? all_ : kNone;
}

Breaker Breakers::Find(const std::string& entrypoint) const {
  const auto found = all_.find(entrypoint);
  return found == all_.end() ? Breaker{} : found->second;
}

}  // namespace jobgate
