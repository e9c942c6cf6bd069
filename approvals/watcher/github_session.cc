#include "approvals/watcher/github_session.h"

#include <algorithm>
#include <set>
#include <utility>

#include "src/base/ascii.h"
#include "src/base/url.h"

namespace jobgate {
namespace {

using github::Outcome;

// Somebody may delete one at any time.
constexpr Duration kLabelsKept = std::chrono::minutes(10);
constexpr Duration kLabelsKeptForRequest = std::chrono::seconds(5);

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

// Of the address of an issue, or of a pull request, which is one.
std::string RepoUrlOf(const std::string& issue_url) {
  for (const char* kind : {"/issues/", "/pull/"})
    if (const auto at = issue_url.rfind(kind); at != std::string::npos)
      return issue_url.substr(0, at);
  return issue_url;
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
  if (client_.was_moved() && IsCalledAsSet()) {  // renamed since
    auto repo = issues_.About();
    if (!repo) return std::move(repo).error();
    here_ = *std::move(repo);
  }
  std::vector<github::Label> wanted = github::DecisionLabels(config);
  if (NamesOf(wanted) != NamesOf(labels_)) labels_seen_at_.reset();
  labels_ = std::move(wanted);
  return EnsureLabels(wait, kLabelsKept);
}

std::optional<Outcome> GitHubSession::Learn() {
  auto repo = issues_.About();
  if (const auto* moved = github::WhyNot<github::Moved>(repo))
    return github::Denied{repo_.Text() + " has moved to " + moved->url +
                              ": set approval.repo to where approvals are asked for",
                          ""};
  if (!repo) return std::move(repo).error();
  if (repo->is_archived || !repo->has_issues)
    return github::Denied{repo_.Text() + (repo->is_archived ? " is archived" : " has no issues") +
                              ": nobody can approve there",
                          ""};
  farthest_ = std::max(farthest_, 1);
  auto account = issues_.WhoAmI();
  if (!account) return std::move(account).error();
  watch_.emplace(issues_, world_.clock, account->id, GitHubNow());
  here_ = *std::move(repo);
  elsewhere_.clear();
  account_ = *std::move(account);
  account_is_of_ = tokens_.changes();
  farthest_ = std::max(farthest_, 2);
  return std::nullopt;
}

std::optional<Outcome> GitHubSession::EnsureLabels(const WaitFn& wait, Duration kept) {
  const Duration now = world_.clock.Monotonic();
  if (labels_seen_at_ && now - *labels_seen_at_ < kept) return std::nullopt;
  auto there = issues_.Labels();
  if (!there) return std::move(there).error();
  farthest_ = std::max(farthest_, 3);
  std::set<std::string> names;
  for (const github::Label& label : *there) names.insert(Folded(label.name));
  for (const github::Label& label : labels_) {
    if (names.contains(Folded(label.name))) continue;
    auto made = Spaced(wait, [&] { return issues_.EnsureLabel(label); });
    if (!made) return std::move(made).error();
  }
  labels_seen_at_ = now;
  farthest_ = 4;
  return std::nullopt;
}

bool GitHubSession::IsCalledAsSet() const {
  return IsSameFolded(here_->full_name, repo_.Path());
}

Time GitHubSession::GitHubNow() const {
  return world_.clock.Now() + client_.ClockDifference().value_or(Duration::zero());
}

// A repository that was renamed is known by its id.
github::Answer<bool> GitHubSession::IsElsewhere(const std::string& url) {
  const std::string repo_url = RepoUrlOf(url);
  if (repo_url == here_->url) return false;
  if (const auto known = elsewhere_.find(repo_url); known != elsewhere_.end()) return known->second;
  const auto there = ParseUrl(repo_url), here = ParseUrl(here_->url);
  if (!there || !here || there->Origin() != here->Origin()) return elsewhere_[repo_url] = true;
  auto about = github::Issues(client_, there->target.substr(1)).About();
  if (!about && !github::WhyNot<github::NotFound>(about) && !github::WhyNot<github::Moved>(about))
    return github::Without(std::move(about).error());
  return elsewhere_[repo_url] = !about || about->id != here_->id;
}

IssueLook GitHubSession::LookAt(const std::set<int64_t>& wanted, const std::set<int64_t>& again,
                                const std::map<std::string, int64_t>& addresses) {
  std::map<int64_t, std::set<std::string>> elsewhere;
  for (const auto& [url, number] : addresses) {
    auto is_elsewhere = IsElsewhere(url);
    if (!is_elsewhere) {
      IssueLook nothing;
      nothing.looked_at = world_.clock.Monotonic();
      nothing.failed = std::move(is_elsewhere).error();
      return nothing;
    }
    if (*is_elsewhere) elsewhere[number].insert(url);
  }
  IssueLook look = watch_->LookAt(wanted, again);
  for (IssueObservation& seen : look.issues)
    if (const auto found = elsewhere.find(seen.number); found != elsewhere.end())
      seen.elsewhere = found->second;
  const Duration since = world_.clock.Monotonic() - look.looked_at;
  look.time_there = GitHubNow() - since;
  if (IsKnown()) return look;
  // Which words are jobgate's own was judged by the account of the token before.
  IssueLook nothing;
  nothing.failed = github::Unavailable{world_.clock.Monotonic(), "the token is another one by now"};
  return nothing;
}

github::Answer<DeliveryReport> GitHubSession::Deliver(const Letter& letter, const WaitFn& wait) {
  if (letter.issue && !letter.issue_url.empty()) {
    auto is_elsewhere = IsElsewhere(letter.issue_url);
    if (!is_elsewhere) return github::Without(std::move(is_elsewhere).error());
    if (*is_elsewhere) return LetterCarrier::NotHere(letter);
  }
  if (letter.message.kind == "request")  // whoever reads it wants to set one
    if (auto failed = EnsureLabels(wait, kLabelsKeptForRequest)) return github::Without(*failed);
  const Duration difference = client_.ClockDifference().value_or(Duration::zero());
  return LetterCarrier(issues_, account_->id, difference, gone_, unanswered_, accepted_, wait)
      .Deliver(letter);
}

void GitHubSession::Reported(const std::string& message_id) {
  accepted_.Forget(message_id);
}

void GitHubSession::ReadAnew() {
  account_.reset();
}

void GitHubSession::Describe(ApprovalStatus& status) const {
  status.repo = repo_.Text();
  status.repo_id = here_ ? here_->id : 0;
  status.account = account_ ? account_->login : "";
  status.token_source = client_.token_source();
  status.warning = client_.token_warning();
  if (here_ && !IsCalledAsSet())
    status.warning =
        repo_.Path() + " is called " + here_->full_name +
        " by now: set approval.repo to that, before another repository gets the old name" +
        (status.warning.empty() ? "" : "; " + status.warning);
  status.rate_limit_remaining = client_.budget().remaining;
}

}  // namespace jobgate
