#include "approvals/watcher/issue_watch.h"

#include <algorithm>
#include <utility>

#include "src/base/ascii.h"
#include "src/base/digest.h"

namespace jobgate {
namespace {

using github::Answer;
using github::Outcome;
using github::User;

// The list is asked from a little before the start on, since clocks differ by about a second.
constexpr Duration kOverlap = std::chrono::seconds(10);

std::string PrintOf(const github::Issue& issue) {
  std::string text = FormatTime(issue.updated_at) + (issue.is_open ? "+" : "-");
  for (const std::string& label : issue.labels) text += label + '\n';
  return Sha256Hex(text + issue.title + '\n' + issue.body);
}

IssueObservation Gone(int64_t number, std::string why) {
  IssueObservation seen;
  seen.number = number;
  seen.why_gone = std::move(why);
  return seen;
}

// What a reader finds is final: the issue is not there, and will not come back by itself.
std::optional<std::string> WhyGone(int64_t number, const Outcome& outcome) {
  const std::string issue = "issue #" + std::to_string(number);
  if (std::holds_alternative<github::Gone>(outcome)) return issue + " was deleted";
  if (std::holds_alternative<github::NotFound>(outcome))
    return issue + " is not there, or not to be seen with this token";
  if (const auto* moved = std::get_if<github::Moved>(&outcome))
    return issue + " was moved to another repository (" + moved->url + ")";
  return std::nullopt;
}

// Whether every label that stands was set by the last event about it. Issue and events are two
// requests, of which one may be answered from an earlier moment.
bool FitsItsEvents(const IssueObservation& seen) {
  std::set<std::string> set;
  for (const github::IssueEvent& event : seen.events) {
    if (event.type == "labeled" && event.label) set.insert(Folded(*event.label));
    if (event.type == "unlabeled" && event.label) set.erase(Folded(*event.label));
  }
  return std::ranges::all_of(seen.issue.labels,
                             [&](const std::string& label) { return set.contains(Folded(label)); });
}

bool IsCommand(const std::string& body) {
  const auto first = body.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return false;
  const std::string_view text = std::string_view(body).substr(first);
  return text.starts_with("/approve") || text.starts_with("/reject");
}

// Whoever set a label that stands, gave a command, or closed the issue.
std::map<int64_t, User> Speakers(const IssueObservation& seen) {
  std::map<int64_t, User> speakers;
  const auto add = [&](const std::optional<User>& user) {
    if (user && user->id != seen.own_id) speakers.emplace(user->id, *user);
  };
  std::map<std::string, const github::IssueEvent*> last;
  for (const github::IssueEvent& event : seen.events) {
    if (event.label) last[Folded(*event.label)] = &event;
    if (event.type == "closed" && !seen.issue.is_open) add(event.actor);
  }
  for (const std::string& label : seen.issue.labels)
    if (const auto event = last.find(Folded(label)); event != last.end()) add(event->second->actor);
  for (const github::Comment& comment : seen.comments)
    if (IsCommand(comment.body)) add(comment.author);
  return speakers;
}

}  // namespace

IssueWatch::IssueWatch(github::Issues& issues, const Clock& clock, int64_t own_id, Time now)
    : issues_(issues), clock_(clock), own_id_(own_id), since_(now - kOverlap), gone_(clock) {}

IssueLook IssueWatch::LookAt(const std::set<int64_t>& wanted, const std::set<int64_t>& again) {
  IssueLook look;
  look.looked_at = clock_.Monotonic();
  std::erase_if(known_, [&](const auto& one) { return !wanted.contains(one.first); });
  std::erase_if(newest_, [&](const auto& one) { return !wanted.contains(one.first); });
  std::erase_if(dirty_, [&](int64_t number) { return !wanted.contains(number); });
  setbacks_.Forget(wanted);
  for (int64_t number : wanted)
    if (!known_.contains(number) || again.contains(number)) dirty_.insert(number);
  if (auto failed = FindChanges(wanted)) {
    look.failed = std::move(failed);
    return look;
  }
  look.listed = true;
  ReadChanged(again, look);
  look.unread = dirty_;
  return look;
}

// Those that failed before come last, so that none of them keeps the others unread.
void IssueWatch::ReadChanged(const std::set<int64_t>& again, IssueLook& look) {
  const std::set<int64_t> waiting = setbacks_.WaitingAt(look.looked_at);
  std::vector<int64_t> numbers(dirty_.begin(), dirty_.end());
  std::erase_if(
      numbers, [&](int64_t number) { return waiting.contains(number) && !again.contains(number); });
  std::stable_partition(numbers.begin(), numbers.end(),
                        [&](int64_t number) { return !setbacks_.Has(number); });
  for (const int64_t number : numbers) {
    auto seen = Read(number);
    if (!seen) {
      setbacks_.Failed(number, github::Describe(seen.error()), clock_.Monotonic(),
                       github::RetryAt(seen.error()));
      if (github::ConcernsAll(seen.error())) {
        look.failed = std::move(seen).error();
        return;
      }
      look.refused[number] = github::Describe(seen.error());
      continue;
    }
    setbacks_.Succeeded(number);
    if (!*seen) {
      look.unsure.insert(number);
      continue;
    }
    dirty_.erase(number);
    look.issues.push_back(**std::move(seen));
  }
}

// A second change in the second of the first one may not show in the list: what changed as it was
// read is read once more.
std::optional<Outcome> IssueWatch::FindChanges(const std::set<int64_t>& wanted) {
  auto list = issues_.ChangedSince(since_, etag_);
  if (!list && !github::WhyNot<github::NotModified>(list)) return std::move(list).error();
  for (auto& [number, known] : known_)
    if (!std::exchange(known.settled, true)) dirty_.insert(number);
  if (!list) return std::nullopt;
  etag_ = list->etag;
  Time newest = since_;
  for (const github::Issue& issue : list->issues) {
    newest = std::max(newest, issue.updated_at);
    if (!wanted.contains(issue.number) || LagsBehind(issue)) continue;
    const auto known = known_.find(issue.number);
    if (known == known_.end() || known->second.print != PrintOf(issue)) dirty_.insert(issue.number);
  }
  if (newest != since_) etag_.clear();  // it stands for another question
  since_ = newest;
  return std::nullopt;
}

bool IssueWatch::LagsBehind(const github::Issue& issue) {
  Time& newest = newest_[issue.number];
  if (issue.updated_at < newest) return true;
  newest = issue.updated_at;
  return false;
}

Answer<std::optional<IssueObservation>> IssueWatch::Read(int64_t number) {
  const std::string name = "issue " + std::to_string(number);
  auto issue = issues_.Get(number);
  if (!issue) {
    auto why = WhyGone(number, issue.error());
    if (!why) return github::Without(std::move(issue).error());
    if (!gone_.Believes(name)) return std::nullopt;
    return Gone(number, *std::move(why));
  }
  gone_.Refute(name);
  if (LagsBehind(*issue)) return std::nullopt;
  auto seen = ReadRest(*std::move(issue));
  if (seen) {
    if (FitsItsEvents(*seen))
      gone_.Refute("events of " + name);
    else if (!gone_.Believes("events of " + name))
      return std::nullopt;
    const std::string print = PrintOf(seen->issue);
    const auto before = known_.find(number);
    const bool same = before != known_.end() && before->second.print == print;
    auto sure = ReadRoles(*seen);
    if (!sure) return github::Without(std::move(sure).error());
    if (!*sure) return std::nullopt;
    known_[number] = {print, same};
    return *std::move(seen);
  }
  // It went in between, or somebody is wrong about it: the next look will tell.
  if (WhyGone(number, seen.error())) return std::nullopt;
  return github::Without(std::move(seen).error());
}

Answer<IssueObservation> IssueWatch::ReadRest(github::Issue issue) {
  IssueObservation seen;
  seen.number = issue.number;
  seen.own_id = own_id_;
  auto events = issues_.Events(issue.number);
  if (!events) return github::Without(std::move(events).error());
  auto comments = issues_.Comments(issue.number);
  if (!comments) return github::Without(std::move(comments).error());
  seen.issue = std::move(issue);
  seen.events = *std::move(events);
  seen.comments = *std::move(comments);
  return seen;
}

// By the id that the event has: a login may belong to somebody else by now. False where it is not
// sure yet that there is no such account.
Answer<bool> IssueWatch::ReadRoles(IssueObservation& seen) {
  for (const auto& [id, user] : Speakers(seen)) {
    const std::string name = "account " + user.login;
    auto permission = issues_.PermissionOf(user.login);
    if (permission) {
      gone_.Refute(name);
    } else if (!github::WhyNot<github::NotFound>(permission)) {
      return github::Without(std::move(permission).error());
    } else if (!gone_.Believes(name)) {
      return false;
    }
    const bool is_same = permission && permission->user && permission->user->id == id;
    seen.roles[id] = is_same ? permission->role : github::Role::kNone;
  }
  return true;
}

}  // namespace jobgate
