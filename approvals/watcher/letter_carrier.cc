#include "approvals/watcher/letter_carrier.h"

#include <algorithm>
#include <utility>

#include "approvals/github/imprint.h"
#include "approvals/issue_observation.h"
#include "src/base/ascii.h"

namespace jobgate {
namespace {

using github::Answer;
using github::Outcome;
using github::Without;

// Clocks differ by about a second, and the daemon's may have jumped since.
constexpr Duration kOverlap = std::chrono::minutes(10);

// Why GitHub will never take what was sent; nothing where it may later.
std::optional<std::string> WhyNever(const Outcome& outcome) {
  if (std::holds_alternative<github::Gone>(outcome)) return "the issue was deleted";
  if (const auto* moved = std::get_if<github::Moved>(&outcome))
    return "the issue was moved to another repository (" + moved->url + ")";
  if (std::holds_alternative<github::NotFound>(outcome))
    return "the issue is not there, or not to be seen with this token";
  if (std::holds_alternative<github::Invalid>(outcome)) return github::Describe(outcome);
  return std::nullopt;
}

DeliveryReport Parked(const Letter& letter, const std::string& nonce, const Outcome& outcome,
                      std::string why) {
  DeliveryReport delivery;
  delivery.message_id = letter.message.id;
  delivery.parked = std::move(why);
  delivery.is_gone = !std::holds_alternative<github::Invalid>(outcome);
  delivery.nonce = nonce;
  return delivery;
}

bool HasLabel(const github::Issue& issue, const std::string& label) {
  return std::ranges::any_of(issue.labels,
                             [&](const std::string& one) { return IsSameFolded(one, label); });
}

// Whether the label is still the one that the message is about.
bool IsAsTold(const std::vector<github::IssueEvent>& events, const std::string& label, int64_t id) {
  for (auto event = events.rbegin(); event != events.rend(); ++event)
    if (event->label && IsSameFolded(*event->label, label)) return event->id == id;
  return false;
}

}  // namespace

LetterCarrier::LetterCarrier(github::Issues& issues, int64_t own_id, Duration clock_difference,
                             SecondOpinion& gone, SecondOpinion& unanswered,
                             AcceptedTexts& accepted, WaitFn wait)
    : issues_(issues),
      own_id_(own_id),
      clock_difference_(clock_difference),
      gone_(gone),
      unanswered_(unanswered),
      accepted_(accepted),
      wait_(std::move(wait)) {}

Time LetterCarrier::Before(const Letter& letter) const {
  return letter.message.created_at + clock_difference_ - kOverlap;
}

DeliveryReport LetterCarrier::NotHere(const Letter& letter) {
  const auto message = IssueMessageOf(letter.message);
  return Parked(letter, message ? message->nonce : "", github::Gone{},
                "the issue is in another repository than approvals are asked for in by now");
}

template <typename Send>
auto LetterCarrier::SendOnce(const Letter& letter, Send send) -> decltype(send()) {
  const std::string& text = letter.message.id;
  if (unanswered_.Knows(text) && !unanswered_.Believes(text))
    return Without(github::Unsure{unanswered_.AskAgainAt(),
                                  "nobody knows whether GitHub has it; it is looked for again"});
  unanswered_.Refute(text);
  auto sent = Spaced(wait_, send);
  const auto* unavailable = github::WhyNot<github::Unavailable>(sent);
  if (unavailable && unavailable->may_be_done) unanswered_.Believes(text);
  return sent;
}

Answer<DeliveryReport> LetterCarrier::Deliver(const Letter& letter) {
  const auto json = ParseJson(letter.message.request);
  const auto message = json ? IssueMessageFromJson(*json) : Fail(Code::kInternal, "no JSON");
  if (!message) return Parked(letter, "", github::Invalid{}, message.error().message);
  if (!letter.issue && message->title.empty())
    return Parked(letter, "", github::Invalid{}, "the job has no issue to say this on");
  auto delivery =
      letter.issue ? DeliverTo(*letter.issue, *message, letter) : OpenIssue(*message, letter);
  if (delivery) return delivery;
  auto why = WhyNever(delivery.error());
  if (!why) return delivery;
  if (!std::holds_alternative<github::Invalid>(delivery.error())) {
    // There is no issue yet that could be gone: it is the repository that takes none.
    if (!letter.issue) return Without(github::Denied{"no issue can be opened: " + *why, ""});
    const auto again = issues_.Get(*letter.issue);
    const bool is_said_again = !again && WhyNever(again.error());
    if (!is_said_again || !gone_.Believes("issue of " + letter.message.id))
      return Without(github::Unsure{gone_.AskAgainAt(), *why + "; it is asked once more"});
  }
  return Parked(letter, message->nonce, delivery.error(), *std::move(why));
}

// Labels first: one that is set while the request is on its way is older than it. A text that is
// there already counts as it was sent, whatever has become of it: the next look tells the two
// apart.
Answer<DeliveryReport> LetterCarrier::DeliverTo(int64_t number, const IssueMessage& message,
                                                const Letter& letter) {
  auto issue = issues_.Get(number);
  if (!issue) return Without(std::move(issue).error());
  if (message.open.value_or(false))
    if (auto opened = SetOpen(*issue, true); !opened) return Without(std::move(opened).error());
  if (auto removed = RemoveLabels(*issue, message); !removed)
    return Without(std::move(removed).error());
  auto requester = RequesterId(message, letter);
  if (!requester) return Without(std::move(requester).error());
  std::optional<github::Comment> comment;
  if (!message.body.empty()) {
    auto said = Say(number, message, letter);
    if (!said) return Without(std::move(said).error());
    comment = *std::move(said);
  }
  if (auto assigned = Assign(number, message); !assigned)
    return Without(std::move(assigned).error());
  if (!message.open.value_or(true))
    if (auto closed = SetOpen(*issue, false); !closed) return Without(std::move(closed).error());
  DeliveryReport delivery;
  delivery.message_id = letter.message.id;
  delivery.nonce = message.nonce;
  delivery.issue = number;
  delivery.issue_url = issue->url;
  if (comment) delivery.posted = {comment->created_at, comment->id, TextHash(*comment), *requester};
  return delivery;
}

Answer<github::Comment> LetterCarrier::Say(int64_t number, const IssueMessage& message,
                                           const Letter& letter) {
  const std::string& id = letter.message.id;
  if (const github::Comment* known = accepted_.CommentOn(number, id)) return *known;
  auto found = issues_.FindComment(number, github::MarkerOf(id), own_id_, Before(letter));
  if (!found) return Without(std::move(found).error());
  if (*found) {
    (*found)->body = message.body;
    return **std::move(found);
  }
  auto added = SendOnce(letter, [&] { return issues_.AddComment(number, message.body); });
  if (added) accepted_.Add(id, number, *added);
  return added;
}

Answer<DeliveryReport> LetterCarrier::OpenIssue(const IssueMessage& message, const Letter& letter) {
  auto requester = RequesterId(message, letter);
  if (!requester) return Without(std::move(requester).error());
  auto issue = MakeIssue(message, letter);
  if (!issue) return Without(std::move(issue).error());
  DeliveryReport delivery;
  delivery.message_id = letter.message.id;
  delivery.nonce = message.nonce;
  delivery.issue = issue->number;
  delivery.issue_url = issue->url;
  delivery.posted = {issue->created_at, 0, TextHash(*issue), *requester};
  return delivery;
}

Answer<github::Issue> LetterCarrier::MakeIssue(const IssueMessage& message, const Letter& letter) {
  const std::string& id = letter.message.id;
  if (const github::Issue* known = accepted_.IssueFor(id)) return *known;
  auto found = issues_.FindIssue(github::MarkerOf(id), own_id_, Before(letter));
  if (!found) return Without(std::move(found).error());
  if (*found) {
    (*found)->title = message.title;
    (*found)->body = message.body;
    return **std::move(found);
  }
  const auto create = [&](const std::vector<std::string>& assignees) {
    return SendOnce(letter, [&] {
      return issues_.Create({message.title, message.body, {}, assignees});
    });
  };
  auto made = create(message.assignees);
  // Who cannot be assigned is no reason to ask nobody.
  if (github::WhyNot<github::Invalid>(made) && !message.assignees.empty()) made = create({});
  if (made) accepted_.Add(id, *made);
  return made;
}

Answer<bool> LetterCarrier::RemoveLabels(const github::Issue& issue, const IssueMessage& message) {
  std::vector<std::string> standing;
  for (const std::string& label : issue.labels)
    for (const std::string& unwanted : message.remove_labels)
      if (IsSameFolded(label, unwanted)) standing.push_back(label);
  if (standing.empty()) return true;
  if (message.label_event != 0) {
    auto events = issues_.Events(issue.number);
    if (!events) return Without(std::move(events).error());
    std::erase_if(standing, [&](const std::string& label) {
      return !IsAsTold(*events, label, message.label_event);
    });
  }
  for (const std::string& label : standing) {
    auto removed = Spaced(wait_, [&] { return issues_.RemoveLabel(issue.number, label); });
    if (!removed) return removed;
    if (*removed) continue;
    if (auto is_gone = IsGone(issue.number, label); !is_gone) return is_gone;
  }
  return true;
}

// GitHub says that it is not there: somebody else took it away just now, or that is wrong.
Answer<bool> LetterCarrier::IsGone(int64_t number, const std::string& label) {
  auto issue = issues_.Get(number);
  if (!issue) return Without(std::move(issue).error());
  const std::string name = "label " + label + " of issue " + std::to_string(number);
  if (!HasLabel(*issue, label)) {
    gone_.Refute(name);
    return true;
  }
  if (gone_.Believes(name)) return true;
  return Without(
      github::Unsure{gone_.AskAgainAt(), "no " + name + ", which stands there; asked again"});
}

// Who cannot be assigned is no reason to ask nobody.
Answer<bool> LetterCarrier::Assign(int64_t issue, const IssueMessage& message) {
  if (message.assignees.empty()) return true;
  auto assigned = Spaced(wait_, [&] { return issues_.AddAssignees(issue, message.assignees); });
  if (assigned || github::WhyNot<github::Invalid>(assigned)) return true;
  return Without(std::move(assigned).error());
}

Answer<bool> LetterCarrier::SetOpen(const github::Issue& issue, bool open) {
  if (issue.is_open == open) return true;
  github::IssueEdit edit;
  edit.open = open;
  auto changed = Spaced(wait_, [&] { return issues_.Edit(issue.number, edit); });
  if (!changed) return Without(std::move(changed).error());
  return true;
}

// The account that the login belongs to now: it stays the requester's under any other name.
Answer<int64_t> LetterCarrier::RequesterId(const IssueMessage& message, const Letter& letter) {
  if (message.nonce.empty() || letter.requester_login.empty()) return 0;
  const std::string name = "account " + letter.requester_login;
  auto permission = issues_.PermissionOf(letter.requester_login);
  if (permission) {
    gone_.Refute(name);
    return permission->user ? permission->user->id : 0;
  }
  if (github::WhyNot<github::NotFound>(permission) && gone_.Believes(name)) return 0;
  if (github::WhyNot<github::NotFound>(permission))
    return Without(github::Unsure{gone_.AskAgainAt(), "no " + name + "; it is asked once more"});
  return Without(std::move(permission).error());
}

}  // namespace jobgate
