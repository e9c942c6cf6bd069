#include "src/engine/approval_tally.h"

#include <algorithm>
#include <string_view>

namespace jobgate {
namespace {

constexpr std::string_view kApproval = "job:approved";
constexpr std::string_view kReleased = "job:resumed";
constexpr std::string_view kRejected = "job:rejected";
constexpr std::string_view kExpired = "job:expired";
constexpr std::string_view kRefused = "job:approval_refused";

std::string TextIn(const Json& payload, const char* key) {
  const auto found = payload.find(key);
  return found != payload.end() && found->is_string() ? found->get<std::string>() : "";
}

Duration WaitedIn(const Json& payload) {
  const auto found = payload.find("waitedMs");
  const bool known = found != payload.end() && found->is_number_integer();
  return Duration(known ? found->get<int64_t>() : 0);
}

// The entry of `key`, or the one of all others where there is no room for it.
template <typename Key, typename Value>
Value& EntryOf(std::map<Key, Value>& entries, const Key& key, const Key& others, size_t max) {
  const auto found = entries.find(key);
  if (found != entries.end()) return found->second;
  return entries[entries.size() < max ? key : others];
}

Json ToJson(const DecisionTimes& times) {
  return {{"buckets", times.buckets}, {"sumMs", times.sum_ms}, {"count", times.count}};
}

DecisionTimes TimesFrom(const Json& json) {
  DecisionTimes times;
  times.buckets = json.at("buckets");
  times.sum_ms = json.at("sumMs");
  times.count = json.at("count");
  return times;
}

}  // namespace

void DecisionTimes::Add(Duration waited) {
  waited = std::max(waited, Duration::zero());
  const double seconds = static_cast<double>(waited.count()) / 1000;
  const auto bucket =
      std::lower_bound(kDecisionBucketsSeconds.begin(), kDecisionBucketsSeconds.end(), seconds);
  ++buckets.at(static_cast<size_t>(bucket - kDecisionBucketsSeconds.begin()));
  sum_ms += waited.count();
  ++count;
}

bool ApprovalTally::Counts(const std::string& type) {
  return type == kApproval || type == kReleased || type == kRejected || type == kExpired ||
         type == kRefused;
}

void ApprovalTally::Count(const Event& event, const std::string& entrypoint) {
  if (!Counts(event.type)) return;
  const Json payload = Json::parse(event.payload);
  if (!since) since = event.at;
  const auto person = [&]() -> Person& {
    return EntryOf(people, TextIn(payload, "by"), std::string(kOthers), kPeopleMax);
  };
  const auto gate = [&]() -> Gate& {
    return EntryOf(gates, {entrypoint, TextIn(payload, "step")}, {kOthers, kOthers}, kGatesMax);
  };
  if (event.type == kRefused) {
    ++refusals[TextIn(payload, "cause")];
  } else if (event.type == kApproval) {
    ++person().approvals;
  } else if (event.type == kExpired) {
    ++gate().expired;
  } else if (event.type == kReleased) {
    ++gate().approved;
    approved.Add(WaitedIn(payload));
  } else {
    ++person().rejections;
    ++gate().rejected;
    rejected.Add(WaitedIn(payload));
  }
}

Json ToJson(const ApprovalTally& tally) {
  Json json = {{"approved", ToJson(tally.approved)},
               {"rejected", ToJson(tally.rejected)},
               {"refusals", tally.refusals},
               {"people", Json::object()},
               {"gates", Json::array()}};
  if (tally.since) json["since"] = ToUnixMs(*tally.since);
  for (const auto& [actor, person] : tally.people)
    json["people"][actor] = {person.approvals, person.rejections};
  for (const auto& [name, gate] : tally.gates)
    json["gates"].push_back({name.first, name.second, gate.approved, gate.rejected, gate.expired});
  return json;
}

Result<ApprovalTally> ApprovalTallyFrom(const Json& json) {
  try {
    ApprovalTally tally;
    if (json.contains("since")) tally.since = FromUnixMs(json["since"].get<int64_t>());
    tally.approved = TimesFrom(json.at("approved"));
    tally.rejected = TimesFrom(json.at("rejected"));
    tally.refusals = json.at("refusals").get<std::map<std::string, int64_t>>();
    for (const auto& [actor, person] : json.at("people").items())
      tally.people[actor] = {person.at(0), person.at(1)};
    for (const Json& gate : json.at("gates"))
      tally.gates[{gate.at(0), gate.at(1)}] = {gate.at(2), gate.at(3), gate.at(4)};
    return tally;
  } catch (const Json::exception& error) {
    return Fail(Code::kInvalidArgument, error.what());
  }
}

}  // namespace jobgate
