#include "approvals/github/approval_place.h"

#include <set>
#include <utility>

#include "approvals/github/origin_remote.h"
#include "src/base/ascii.h"

namespace jobgate::github {
namespace {

constexpr const char* kApproveColor = "0e8a16";
constexpr const char* kRejectColor = "b60205";

Result<RepoName> RepoOf(const Config& config) {
  if (config.approval.github.repo) return *config.approval.github.repo;
  auto origin = OriginRepo(config.base_dir);
  if (origin) return origin;
  Error error = origin.error();
  error.message += "; or name it in approval.repo";
  return Fail(std::move(error));
}

}  // namespace

Result<ApprovalPlace> ApprovalPlaceOf(const Config& config) {
  auto repo = RepoOf(config);
  if (!repo) return Fail(std::move(repo).error());
  const auto& github = config.approval.github;
  ApprovalPlace place{*std::move(repo), "", {github.token_env, github.token_file, ""}};
  place.api_url = github.api_url.value_or(DefaultApiUrl(place.repo));
  place.token.host = place.repo.HostPort();
  return place;
}

std::vector<Label> DecisionLabels(const Config& config) {
  std::vector<Label> labels;
  std::set<std::string> names;
  const auto add = [&](const std::string& name, const char* color, const char* meaning) {
    if (names.insert(Folded(name)).second) labels.push_back({name, color, meaning});
  };
  const auto add_rules = [&](const GatePolicy& gate) {
    if (!gate.github) return;
    for (const std::string& name : gate.github->approve_labels)
      add(name, kApproveColor, "Lets the job that this issue asks for run");
    for (const std::string& name : gate.github->reject_labels)
      add(name, kRejectColor, "Ends the job that this issue asks for");
  };
  add_rules(config.approval.gate);
  for (const auto& [name, declared] : config.entrypoints)
    for (const Step& step : declared.entrypoint.steps)
      if (step.gate) add_rules(*step.gate);
  return labels;
}

}  // namespace jobgate::github
