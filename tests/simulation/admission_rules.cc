#include "tests/simulation/admission_rules.h"

#include <algorithm>

#include "tests/simulation/violation.h"

namespace jobgate::sim {
namespace {

constexpr int kHysteresis = 10;

int64_t OffAt(const Settings& current) {
  return int64_t{std::max(current.backpressure_percent - kHysteresis, 0)} * current.queued_max /
         100;
}

bool IsOverThreshold(int64_t queued, const Settings& current) {
  return queued * 100 >= int64_t{current.backpressure_percent} * current.queued_max;
}

}  // namespace

void AdmissionRules::BeginLook() {
  was_pressed_ = was_paused_ = was_limited_ = false;
  Remember();
}

void AdmissionRules::Remember() {
  was_pressed_ |= pressed_;
  was_paused_ |= paused_;
  was_limited_ |= per_minute_ > 0;
}

void AdmissionRules::Apply(const Event& event, const Json& payload, const Settings& current) {
  const std::string& type = event.type;
  const auto from_settings = [&] { return payload.at("by") == "settings"; };
  if (type == "queue:backpressure_on" || type == "queue:backpressure_off") {
    const bool on = type == "queue:backpressure_on";
    const int64_t queued = payload.at("queued");
    Require(on != pressed_, "I6", [&] { return type + " for the second time"; });
    Require(on ? IsOverThreshold(queued, current) : queued <= OffAt(current), "I6",
            [&] { return type + " with " + std::to_string(queued) + " queued"; });
    pressed_ = on;
  } else if (type == "intake:paused" || type == "intake:resumed") {
    const bool paused = type == "intake:paused";
    Require(paused != paused_, "I6", [&] { return type + " for the second time"; });
    Require(!from_settings() || current.intake_paused == paused, "I6",
            [&] { return type + " by settings that do not say so"; });
    paused_ = paused;
  } else if (type == "intake:limited") {
    const int limit = payload.at("maxPerMinute");
    Require(limit != per_minute_ && payload.at("from") == per_minute_, "I6",
            [&] { return type + " from something else"; });
    Require(!from_settings() || current.per_minute == limit, "I6",
            [&] { return type + " by settings that do not say so"; });
    per_minute_ = limit;
    is_full_ = true;
  }
  Remember();
}

void AdmissionRules::CheckAdmitted(const Job& job, bool waits, Time at) {
  Require(!paused_, "I6", [&] { return job.id + " was admitted while the intake was paused"; });
  Require(waits || !pressed_ || job.priority <= Priority::kHigh, "I6",
          [&] { return job.id + " was admitted under backpressure"; });
  if (per_minute_ == 0) return;
  const double minutes = is_full_ ? 1 : static_cast<double>((at - counted_at_).count()) / 60'000;
  tokens_ = is_full_ ? per_minute_ : std::min<double>(per_minute_, tokens_ + minutes * per_minute_);
  Require(tokens_ > 0.999, "I6", [&] { return job.id + " was admitted past the minute's limit"; });
  tokens_ -= 1;
  counted_at_ = at;
  is_full_ = false;
}

void AdmissionRules::CheckPressure(int64_t queued, const Settings& current) const {
  Require(pressed_ || !IsOverThreshold(queued, current), "I6",
          [&] { return "no backpressure with " + std::to_string(queued) + " queued"; });
  Require(!pressed_ || queued > OffAt(current), "I6",
          [&] { return "backpressure with " + std::to_string(queued) + " queued"; });
}

bool AdmissionRules::MayRefuse(Code code, Priority priority) const {
  if (code == Code::kBackpressure) return was_pressed_ && priority > Priority::kHigh;
  if (code == Code::kIntakePaused) return was_paused_;
  if (code == Code::kRateLimited) return was_limited_;
  return false;
}

}  // namespace jobgate::sim
