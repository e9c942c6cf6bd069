#include "src/api/approval_figures_json.h"

#include <algorithm>

#include "approvals/refusal.h"
#include "src/api/json_values.h"

namespace jobgate {
namespace {

// Within how long `percent` of them were made: the bound of the bucket in which that many end.
Json WithinMs(const DecisionTimes& times, int64_t percent) {
  int64_t made = 0;
  for (size_t i = 0; i < kDecisionBucketsSeconds.size(); ++i) {
    made += times.buckets.at(i);
    if (times.count > 0 && made * 100 >= times.count * percent)
      return static_cast<int64_t>(kDecisionBucketsSeconds.at(i) * 1000);
  }
  return nullptr;
}

Json TimesJson(const DecisionTimes& times) {
  return {{"count", times.count},
          {"meanMs", times.count > 0 ? Json(times.sum_ms / times.count) : Json(nullptr)},
          {"halfWithinMs", WithinMs(times, 50)},
          {"mostWithinMs", WithinMs(times, 95)}};
}

Json EndsJson(const ApprovalTally::Gate& ends) {
  return {{"approved", ends.approved}, {"rejected", ends.rejected}, {"expired", ends.expired}};
}

Json RefusalsJson(const ApprovalTally& tally) {
  Json json = Json::object();
  for (const auto& [cause, name] : kRefusalCauses) json[std::string(name)] = 0;
  json.update(Json(tally.refusals));
  return json;
}

Json PeopleJson(const ApprovalTally& tally) {
  Json json = Json::object();
  for (const auto& [actor, person] : tally.people)
    json[actor] = {{"approvals", person.approvals}, {"rejections", person.rejections}};
  return json;
}

Json GatesJson(const ApprovalTally& tally) {
  Json json = Json::array();
  for (const auto& [name, gate] : tally.gates) {
    Json& one = json.emplace_back(EndsJson(gate));
    one["entrypoint"] = name.first;
    one["step"] = name.second;
    one["neverRejected"] = gate.NeverRejected();
  }
  return json;
}

}  // namespace

Json ApprovalFiguresJson(const EngineSnapshot& snapshot) {
  const ApprovalTally& tally = snapshot.approvals;
  Json json = Json::object();
  json["waiting"] =
      snapshot.counts ? Json(snapshot.counts->Of(JobState::kWaitingApproval)) : Json();
  json["oldestWaitingMs"] = AgeMs(snapshot.oldest_request_at, snapshot.taken_at);
  json["since"] = OrNull(tally.since);
  json["requests"] = EndsJson(tally.Total());
  json["timeToApproval"] = TimesJson(tally.approved);
  json["timeToRejection"] = TimesJson(tally.rejected);
  json["people"] = PeopleJson(tally);
  json["refusals"] = RefusalsJson(tally);
  json["gates"] = GatesJson(tally);
  json["gatesNeverRejected"] = tally.GatesNeverRejected();
  return json;
}

}  // namespace jobgate
