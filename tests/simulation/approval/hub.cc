#include "tests/simulation/approval/hub.h"

#include <algorithm>

#include "src/base/ascii.h"

namespace jobgate::sim {
namespace {

using github::Role;
using std::chrono::seconds;

constexpr int64_t kOldIssues = 9;

bool IsStanding(const HubIssue& kept, const std::string& label) {
  return std::ranges::any_of(kept.issue.labels,
                             [&](const std::string& one) { return IsSameFolded(one, label); });
}

}  // namespace

Hub::Hub(const SimClock& clock, Dice& dice)
    : clock_(clock), dice_(dice), skew_(dice.Milliseconds(-90'000, 90'000)) {
  accounts_ = {{kOwnId, {"robot", false, Role::kAdmin}}, {2, {"alice", false, Role::kWrite}},
               {3, {"bob", false, Role::kMaintain}},     {4, {"carol", false, Role::kAdmin}},
               {5, {"dave", false, Role::kTriage}},      {6, {"eve", false, Role::kRead}},
               {7, {"mallory", false, Role::kNone}},     {8, {"deployer[bot]", true, Role::kWrite}},
               {9, {"helper[bot]", true, Role::kAdmin}}, {10, {"erin", false, Role::kWrite}},
               {11, {"rover", false, Role::kWrite}},     {12, {"paula", false, Role::kAdmin}},
               {13, {"quinn", false, Role::kAdmin}},     {14, {"rosa", false, Role::kAdmin}}};
  for (int64_t number = 1; number <= kOldIssues; ++number) {
    github::Issue issue;
    issue.number = number;
    issue.title = "an older matter";
    issue.url = "https://github.test/issues/" + std::to_string(number);
    issue.body = "discussed here";
    issue.created_at = issue.updated_at = Now() - std::chrono::hours(48);
    issues_[number].issue = std::move(issue);
  }
}

// Wall clocks that jump are the daemon's. GitHub's servers differ by a second now and then.
Time Hub::Now() const {
  const Time exact = clock_.Now() - clock_.wall_offset() + skew_;
  const Time whole = std::chrono::time_point_cast<seconds>(exact);
  return dice_.OneIn(40) ? whole - seconds(1) : whole;
}

HubIssue* Hub::Find(int64_t number) {
  const auto found = issues_.find(number);
  return found == issues_.end() || !found->second.why_gone.empty() ? nullptr : &found->second;
}

void Hub::Changed(HubIssue& kept, int64_t by) {
  ++kept.version;
  kept.issue.updated_at = std::max(kept.issue.updated_at, Now());
  if (by != kOwnId) ++happenings_;
}

void Hub::Happened(HubIssue& kept, int64_t by, const char* type, std::optional<std::string> label,
                   bool through_app) {
  github::IssueEvent event;
  event.id = ++next_id_;
  event.type = type;
  event.actor = github::User{by, "", false};
  event.label = std::move(label);
  if (through_app) event.app = "some-app";
  event.created_at = Now();
  kept.events.push_back(std::move(event));
  Changed(kept, by);
}

int64_t Hub::Create(int64_t by, const std::string& title, const std::string& body) {
  HubIssue kept;
  kept.issue.id = ++next_id_;
  kept.issue.number = ++next_number_;
  kept.issue.title = title;
  kept.issue.body = body;
  kept.issue.url = "https://github.test/issues/" + std::to_string(next_number_);
  kept.issue.author = github::User{by, "", false};
  kept.issue.created_at = kept.issue.updated_at = Now();
  issues_[next_number_] = std::move(kept);
  return next_number_;
}

void Hub::SetLabel(int64_t number, int64_t by, const std::string& label, bool through_app) {
  HubIssue* kept = Find(number);
  if (!kept || IsStanding(*kept, label)) return;
  kept->issue.labels.push_back(label);
  Happened(*kept, by, "labeled", label, through_app);
}

void Hub::RemoveLabel(int64_t number, int64_t by, const std::string& label) {
  HubIssue* kept = Find(number);
  if (!kept || !IsStanding(*kept, label)) return;
  std::erase_if(kept->issue.labels,
                [&](const std::string& one) { return IsSameFolded(one, label); });
  Happened(*kept, by, "unlabeled", label, false);
}

int64_t Hub::Comment(int64_t number, int64_t by, const std::string& body, bool through_app) {
  HubIssue* kept = Find(number);
  if (!kept) return 0;
  github::Comment comment;
  comment.id = ++next_id_;
  comment.body = body;
  comment.author = github::User{by, "", false};
  if (through_app) comment.app = "some-app";
  comment.created_at = comment.updated_at = Now();
  kept->comments.push_back(std::move(comment));
  Changed(*kept, by);
  return next_id_;
}

void Hub::EditComment(int64_t number, int64_t comment, const std::string& body) {
  HubIssue* kept = Find(number);
  if (!kept) return;
  for (github::Comment& one : kept->comments) {
    if (one.id != comment || one.body == body) continue;
    one.body = body;
    one.updated_at = std::max(one.created_at, Now());
    Changed(*kept, 0);
  }
}

void Hub::DeleteComment(int64_t number, int64_t comment) {
  HubIssue* kept = Find(number);
  if (!kept) return;
  if (std::erase_if(kept->comments, [&](const github::Comment& one) { return one.id == comment; }) >
      0)
    Changed(*kept, 0);
}

void Hub::EditBody(int64_t number, const std::string& body) {
  HubIssue* kept = Find(number);
  if (!kept || kept->issue.body == body) return;
  kept->issue.body = body;
  Changed(*kept, 0);
}

void Hub::SetOpen(int64_t number, int64_t by, bool open, bool through_app) {
  HubIssue* kept = Find(number);
  if (!kept || kept->issue.is_open == open) return;
  kept->issue.is_open = open;
  Happened(*kept, by, open ? "reopened" : "closed", std::nullopt, through_app);
}

void Hub::Lose(int64_t number, const std::string& why) {
  if (HubIssue* kept = Find(number)) {
    kept->why_gone = why;
    ++kept->version;
  }
}

void Hub::Rename(int64_t account, const std::string& login) {
  if (IdOf(login) != 0) return;
  accounts_.at(account).login = login;
  renamed_.insert(account);
}

std::optional<github::User> Hub::UserOf(int64_t account) const {
  const auto found = accounts_.find(account);
  if (found == accounts_.end() || found->second.is_gone) return std::nullopt;
  return github::User{account, found->second.login, found->second.is_bot};
}

github::Role Hub::RoleOf(int64_t account) const {
  const auto found = accounts_.find(account);
  return found == accounts_.end() || found->second.is_gone ? Role::kNone : found->second.role;
}

int64_t Hub::IdOf(const std::string& login) const {
  for (const auto& [id, account] : accounts_)
    if (!account.is_gone && IsSameFolded(account.login, login)) return id;
  return 0;
}

}  // namespace jobgate::sim
