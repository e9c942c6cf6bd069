#include "approvals/watcher/github_session.h"

#include <set>
#include <utility>

#include "src/base/ascii.h"

namespace jobgate {
namespace {

using github::Outcome;

// What a session cannot be told to change.
std::string PrintOf(const Config& config) {
  const auto& github = config.approval.github;
  return (github.repo ? github.repo->Text() : "origin of " + config.base_dir) + '\n' +
         github.api_url.value_or("") + '\n' + github.token_env + '\n' +
         github.token_file.value_or("");
}

std::string NamesOf(const std::vector<github::Label>& labels) {
  std::string names;
  for (const github::Label& label : labels) names += Folded(label.name) + '\n';
  return names;
}

}  // namespace

Result<std::unique_ptr<GitHubSession>> GitHubSession::Make(const GitHubWorld& world,
                                                           const Config& config) {
  auto place = github::ApprovalPlaceOf(config);
  if (!place) return Fail(std::move(place).error());
  return std::unique_ptr<GitHubSession>(new GitHubSession(world, config, *std::move(place)));
}

GitHubSession::GitHubSession(const GitHubWorld& world, const Config& config,
                             github::ApprovalPlace place)
    : world_(world),
      print_(PrintOf(config)),
      repo_(std::move(place.repo)),
      tokens_(std::move(place.token), world.environment, world.files, world.processes),
      client_(place.api_url, world.http, tokens_, world.clock, world.random),
      issues_(client_, repo_.Path()),
      gone_(world.clock),
      unanswered_(world.clock) {}

bool GitHubSession::IsFor(const Config& config) const {
  return print_ == PrintOf(config);
}

std::optional<Outcome> GitHubSession::Greet(const Config& config, const WaitFn& wait) {
  if (!IsKnown())
    if (auto failed = Learn()) return failed;
  return EnsureLabels(config, wait);
}

std::optional<Outcome> GitHubSession::Learn() {
  auto repo = issues_.About();
  if (!repo) return std::move(repo).error();
  if (repo->is_archived || !repo->has_issues)
    return github::Denied{repo_.Text() + (repo->is_archived ? " is archived" : " has no issues") +
                              ": nobody can approve there",
                          ""};
  auto account = issues_.WhoAmI();
  if (!account) return std::move(account).error();
  watch_.emplace(issues_, world_.clock, account->id, GitHubNow());
  account_ = *std::move(account);
  account_is_of_ = tokens_.changes();
  return std::nullopt;
}

std::optional<Outcome> GitHubSession::EnsureLabels(const Config& config, const WaitFn& wait) {
  const std::vector<github::Label> wanted = github::DecisionLabels(config);
  if (labels_ == NamesOf(wanted)) return std::nullopt;
  auto there = issues_.Labels();
  if (!there) return std::move(there).error();
  std::set<std::string> names;
  for (const github::Label& label : *there) names.insert(Folded(label.name));
  for (const github::Label& label : wanted) {
    if (names.contains(Folded(label.name))) continue;
    auto made = Spaced(wait, [&] { return issues_.EnsureLabel(label); });
    if (!made) return std::move(made).error();
  }
  labels_ = NamesOf(wanted);
  return std::nullopt;
}

Time GitHubSession::GitHubNow() const {
  return world_.clock.Now() + client_.ClockDifference().value_or(Duration::zero());
}

IssueLook GitHubSession::LookAt(const std::set<int64_t>& wanted, const std::set<int64_t>& again) {
  IssueLook look = watch_->LookAt(wanted, again);
  const Duration since = world_.clock.Monotonic() - look.looked_at;
  look.time_there = GitHubNow() - since;
  if (IsKnown()) return look;
  // Which words are jobgate's own was judged by the account of the token before.
  IssueLook nothing;
  nothing.failed = github::Unavailable{world_.clock.Monotonic(), "the token is another one by now"};
  return nothing;
}

github::Answer<DeliveryReport> GitHubSession::Deliver(const Letter& letter, const WaitFn& wait) {
  const Duration difference = client_.ClockDifference().value_or(Duration::zero());
  return LetterCarrier(issues_, account_->id, difference, gone_, unanswered_, wait).Deliver(letter);
}

void GitHubSession::Describe(ApprovalStatus& status) const {
  status.repo = repo_.Text();
  status.account = account_ ? account_->login : "";
  status.token_source = client_.token_source();
  status.warning = client_.token_warning();
  status.rate_limit_remaining = client_.budget().remaining;
}

}  // namespace jobgate
