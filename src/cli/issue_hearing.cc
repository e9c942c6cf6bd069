#include "src/cli/issue_hearing.h"

#include <utility>

#include "approvals/github/approval_place.h"
#include "approvals/github/rest_client.h"
#include "src/api/json_values.h"
#include "src/cli/view/fields.h"
#include "src/config/load.h"

namespace jobgate {
namespace {

Result<std::shared_ptr<const Config>> SettingsOf(Session& session) {
  auto path = FindConfig(session.world(), session.flags().config);
  if (!path) return Fail(std::move(path).error());
  return LoadConfig(*path, session.world().files);
}

IssueHearing HearAt(const CliWorld& world, const github::ApprovalPlace& place,
                    const std::string& account) {
  github::TokenSource tokens(place.token, world.env, world.files, world.processes);
  github::RestClient client(place.api_url, world.http, tokens, world.clock, world.random);
  github::Issues issues(client, place.repo.Path());
  IssueHearing hearing{place.repo.Text(), ""};
  auto heard = github::ReadWitnesses(issues, account);
  if (heard)
    hearing.heard = *std::move(heard);
  else
    hearing.why_not = github::Describe(heard.error());
  return hearing;
}

Json FindingJson(const github::IssueWitness& text, const char* kind, const Json& what) {
  const github::Imprint& imprint = text.imprint;
  return {{"kind", kind},
          {"url", text.url},
          {"jobId", imprint.job_id},
          {"seq", imprint.head.seq},
          {"hash", imprint.head.chain},
          {"what", what}};
}

}  // namespace

std::vector<Witness> IssueHearing::Witnesses() const {
  std::vector<Witness> witnesses;
  for (const github::IssueWitness& text : heard.texts)
    if (!text.is_edited)
      witnesses.push_back({text.imprint.head, text.imprint.job_id, text.imprint.origin});
  return witnesses;
}

Json IssueHearing::ToJson(const Json& checks) const {
  int64_t matching = 0;
  Json findings = Json::array();
  auto check = checks.begin();
  for (const github::IssueWitness& text : heard.texts) {
    if (text.is_edited) {
      findings.push_back(FindingJson(text, "edited", nullptr));
      continue;
    }
    if (check == checks.end()) break;
    if (FlagAt(*check, "ofAnotherStore"))
      findings.push_back(FindingJson(text, "ofAnotherStore", nullptr));
    else if (FlagAt(*check, "matches"))
      ++matching;
    else
      findings.push_back(FindingJson(text, "differs", At(*check, "what")));
    ++check;
  }
  return {{"repo", NullIfEmpty(repo)},       {"account", NullIfEmpty(heard.account)},
          {"whyNot", NullIfEmpty(why_not)},  {"matching", matching},
          {"findings", std::move(findings)}, {"olderLeftOut", heard.has_older}};
}

std::optional<IssueHearing> HearIssues(Session& session, const std::string& account) {
  const auto settings = SettingsOf(session);
  if (!settings) return IssueHearing{"", "no settings say where: " + settings.error().message};
  if ((*settings)->approval.provider != "github") return std::nullopt;
  const auto place = github::ApprovalPlaceOf(**settings);
  if (!place) return IssueHearing{"", place.error().message};
  return HearAt(session.world(), *place, account);
}

}  // namespace jobgate
