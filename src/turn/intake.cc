#include "src/turn/intake.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/turn/turn.h"

namespace jobgate {
namespace {

constexpr std::string_view kSetting = "intake";
constexpr std::string_view kBucketSetting = "intake.bucket";
constexpr double kParts = 1000;  // of a token, as they are stored
constexpr std::chrono::seconds kPausedRetry{60};
constexpr double kMinuteMs = 60'000;

}  // namespace

Result<void> Intake::Load(Store& store) {
  auto stored = store.GetSetting(kSetting);
  if (!stored) return Fail(std::move(stored).error());
  state_ = {};
  configured_ = {};
  counted_at_.reset();
  bucket_.clear();
  if (!*stored) return {};
  auto json = ParseJson(**stored);
  if (!json) return Fail(Code::kStoreFault, "the stored intake is damaged: " + **stored);
  state_.paused = json->at("paused");
  state_.per_minute = json->at("perMinute");
  if (json->contains("by")) state_.by = json->at("by").get<std::string>();
  if (json->contains("since")) state_.since = FromUnixMs(json->at("since").get<int64_t>());
  state_.reason = json->at("reason");
  configured_ = {json->at("configuredPaused"), json->at("configuredPerMinute")};
  return LoadBucket(store);
}

Result<void> Intake::LoadBucket(Store& store) {
  auto stored = store.GetSetting(kBucketSetting);
  if (!stored) return Fail(std::move(stored).error());
  bucket_ = stored->value_or("");
  if (bucket_.empty()) return {};
  auto json = ParseJson(bucket_);
  if (!json) return Fail(Code::kStoreFault, "the stored intake is damaged: " + bucket_);
  tokens_ = json->at("tokens").get<double>() / kParts;
  counted_at_ = FromUnixMs(json->at("atMs").get<int64_t>());
  return {};
}

Result<void> Intake::Keep(Turn& turn) {
  std::string now = StoredBucket();
  if (now == bucket_) return {};
  bucket_ = std::move(now);
  return turn.store.PutSetting(kBucketSetting, bucket_);
}

// "" = full. Rounded down, so that a start gives nothing away.
std::string Intake::StoredBucket() const {
  if (!counted_at_) return "";
  const auto parts = static_cast<int64_t>(std::floor(tokens_ * kParts));
  return Canonical({{"tokens", parts}, {"atMs", ToUnixMs(*counted_at_)}});
}

Result<void> Intake::Follow(Turn& turn) {
  const auto& now = turn.config.intake;
  IntakeChange edited;
  if (now.paused != configured_.paused) edited.paused = now.paused;
  if (now.per_minute != configured_.per_minute) edited.per_minute = now.per_minute;
  if (!edited.paused && !edited.per_minute) return {};
  configured_ = {now.paused, now.per_minute};
  return Apply(turn, edited, std::nullopt);
}

Result<void> Intake::Change(Turn& turn, const IntakeChange& change, const Actor& actor) {
  return Apply(turn, change, actor);
}

Result<void> Intake::Apply(Turn& turn, const IntakeChange& change,
                           const std::optional<Actor>& actor) {
  const bool moved = (change.paused && *change.paused != state_.paused) ||
                     (change.per_minute && *change.per_minute != state_.per_minute);
  if (moved) JOBGATE_TRY(Tell(turn, change, actor));
  if (change.per_minute && *change.per_minute != state_.per_minute) counted_at_.reset();
  if (change.paused) state_.paused = *change.paused;
  if (change.per_minute) state_.per_minute = *change.per_minute;
  if (moved || actor) {
    state_.by = actor;
    state_.since = turn.now;
    state_.reason = change.reason;
  }
  return turn.store.PutSetting(kSetting, Canonical(Stored()));
}

Result<void> Intake::Tell(Turn& turn, const IntakeChange& change,
                          const std::optional<Actor>& actor) {
  Json why = {{"by", actor ? "command" : "settings"}};
  if (!change.reason.empty()) why["reason"] = change.reason;
  if (change.paused && *change.paused != state_.paused)
    JOBGATE_TRY(
        turn.Record(*change.paused ? "intake:paused" : "intake:resumed", std::nullopt, actor, why));
  if (!change.per_minute || *change.per_minute == state_.per_minute) return {};
  why["from"] = state_.per_minute;
  why["maxPerMinute"] = *change.per_minute;
  return turn.Record("intake:limited", std::nullopt, actor, why);
}

Json Intake::Stored() const {
  Json json = {{"paused", state_.paused},
               {"perMinute", state_.per_minute},
               {"reason", state_.reason},
               {"configuredPaused", configured_.paused},
               {"configuredPerMinute", configured_.per_minute}};
  if (state_.by) json["by"] = *state_.by;
  if (state_.since) json["since"] = ToUnixMs(*state_.since);
  return json;
}

std::optional<Error> Intake::Refusal(Time now) const {
  if (state_.paused) {
    const std::string who = state_.by ? " by " + *state_.by : " by the settings (intake.paused)";
    const std::string why = state_.reason.empty() ? "" : ": " + state_.reason;
    return Error{Code::kIntakePaused,
                 "the intake is paused" + who + why +
                     "; jobs that were accepted go on, `jobgate intake resume` ends it",
                 {},
                 kPausedRetry,
                 {}};
  }
  if (state_.per_minute == 0) return std::nullopt;
  const double missing = 1 - Tokens(now);
  if (missing <= 0) return std::nullopt;
  const auto wait = static_cast<int64_t>(std::ceil(missing * 60 / state_.per_minute));
  return Error{Code::kRateLimited,
               "no more than " + std::to_string(state_.per_minute) +
                   " a minute are taken (jobgate intake limit)",
               {},
               std::chrono::seconds(std::max<int64_t>(wait, 1)),
               {}};
}

void Intake::Take(Time now) {
  if (state_.per_minute == 0) return;
  tokens_ = Tokens(now) - 1;
  counted_at_ = now;
}

double Intake::Tokens(Time now) const {
  const double room = state_.per_minute;
  if (!counted_at_) return room;
  const auto passed = static_cast<double>((now - *counted_at_).count());
  return std::min(room, tokens_ + passed / kMinuteMs * room);
}

}  // namespace jobgate
