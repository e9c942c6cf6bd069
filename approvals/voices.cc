#include "approvals/voices.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "src/base/ascii.h"

namespace jobgate {
namespace {

using github::Comment;
using github::IssueEvent;
using github::User;

constexpr size_t kDigestDigitsMin = 12;
constexpr std::string_view kApproveCommand = "/approve";
constexpr std::string_view kRejectCommand = "/reject";

bool Contains(const std::vector<std::string>& labels, std::string_view label) {
  return std::ranges::any_of(labels,
                             [&](const std::string& one) { return IsSameFolded(one, label); });
}

std::string RoleOf(const IssueObservation& seen, int64_t user_id) {
  const auto found = seen.roles.find(user_id);
  return std::string(NameOf(found == seen.roles.end() ? github::Role::kNone : found->second));
}

// A name of this machine may be anybody's on GitHub: it gives no right, and takes one away.
bool IsRequester(const VoicesQuestion& question, const User& user, Voice::Kind kind) {
  const auto has = [&](const std::string& login) {
    return !login.empty() && IsSameFolded(login, user.login);
  };
  if (kind == Voice::Kind::kApprove && has(question.requester_name)) return true;
  const int64_t known = question.request.posted->requester_id;
  if (known != 0) return known == user.id;
  if (kind == Voice::Kind::kReject && !question.requester_is_bound) return false;
  return has(question.requester_login);
}

// What an app does for somebody is the app's word.
Approval Said(const VoicesQuestion& question, Voice::Kind kind, const User& user, Time at,
              std::string signal, const std::optional<std::string>& app) {
  Approval said;
  said.by = "github:" + (app ? *app + "[bot]" : user.login);
  said.at = at;
  said.digest = question.request.digest;
  GitHubVoice& voice = said.voice.emplace();
  voice.signal = std::move(signal);
  voice.user_id = user.id;
  voice.role = RoleOf(question.seen, user.id);
  voice.is_bot = user.is_bot || app;
  voice.is_requester = IsRequester(question, user, kind);
  voice.is_own = user.id == question.seen.own_id;
  return said;
}

// GitHub's times are whole seconds: in the second of the request itself an event on an issue that
// was there before may be older than the request.
std::optional<Refusal> TooEarly(const GateRequest& request, Time at) {
  const PostedRequest& posted = *request.posted;
  const bool late_enough = posted.comment_id == 0 ? at >= posted.at : at > posted.at;
  if (late_enough) return std::nullopt;
  return Refusal{RefusalCause::kTooEarly, "it is older than the request that stands now"};
}

Refusal UnknownAuthor(std::string words) {
  return {RefusalCause::kAuthorUnknown, std::move(words)};
}

User UserOrGone(const std::optional<User>& user) {
  return user.value_or(User{0, "ghost", false});
}

// The last word about a label is its last event.
const IssueEvent* LastAbout(const IssueObservation& seen, std::string_view label) {
  const IssueEvent* last = nullptr;
  for (const IssueEvent& event : seen.events)
    if ((event.type == "labeled" || event.type == "unlabeled") && event.label &&
        IsSameFolded(*event.label, label))
      last = &event;
  return last;
}

// Nothing where somebody took it away between the look at the issue and that at its events.
std::optional<Voice> OfLabel(const VoicesQuestion& question, const std::string& label,
                             Voice::Kind kind) {
  const IssueEvent* event = LastAbout(question.seen, label);
  if (event && event->type == "unlabeled") return std::nullopt;
  Voice voice;
  voice.kind = kind;
  voice.what = "label " + label;
  if (!event) {
    voice.said = Said(question, kind, UserOrGone({}), question.seen.issue.updated_at,
                      "label:" + label, std::nullopt);
    voice.flaw = UnknownAuthor("GitHub does not tell who set it");
  } else {
    voice.said = Said(question, kind, UserOrGone(event->actor), event->created_at,
                      "event:" + std::to_string(event->id), event->app);
    voice.flaw = event->actor ? TooEarly(question.request, event->created_at)
                              : UnknownAuthor("GitHub does not tell who set it");
  }
  voice.said.via = "label";
  voice.said.voice->label = label;
  return voice;
}

std::optional<Voice::Kind> KindOf(const GitHubRules& rules, const std::string& label) {
  if (Contains(rules.approve_labels, label)) return Voice::Kind::kApprove;
  if (Contains(rules.reject_labels, label)) return Voice::Kind::kReject;
  return std::nullopt;
}

void AddLabels(const VoicesQuestion& question, std::vector<Voice>& voices) {
  for (const std::string& label : question.seen.issue.labels) {
    const auto kind = KindOf(question.rules, label);
    if (!kind) continue;
    if (auto voice = OfLabel(question, label, *kind)) voices.push_back(*std::move(voice));
  }
}

std::string_view Trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

struct Spoken {
  Voice::Kind kind;
  std::string rest;  // of the first line
};

// The command of a comment's first line.
std::optional<Spoken> CommandIn(std::string_view body) {
  const std::string_view line = Trimmed(Trimmed(body).substr(0, Trimmed(body).find('\n')));
  const std::string_view word = line.substr(0, line.find_first_of(" \t"));
  const std::string rest(Trimmed(line.substr(word.size())));
  if (word == kApproveCommand) return Spoken{Voice::Kind::kApprove, rest};
  if (word == kRejectCommand) return Spoken{Voice::Kind::kReject, rest};
  return std::nullopt;
}

std::optional<Refusal> WrongDigest(const std::string& given, const std::string& digest) {
  const std::string want = "/approve " + digest.substr(0, kDigestDigitsMin);
  const std::string word = given.substr(0, given.find_first_of(" \t"));
  if (word.size() < kDigestDigitsMin)
    return Refusal{RefusalCause::kOtherDigest, "it does not say what it approves: " + want};
  if (!digest.starts_with(Folded(word)))
    return Refusal{RefusalCause::kOtherDigest, "it is for another digest; this one is " + want};
  // Nobody here can tell "looks good" from "but not before Monday".
  if (word.size() < given.size())
    return Refusal{RefusalCause::kOtherDigest,
                   "more stands behind the digest; the whole line has to be " + want};
  return std::nullopt;
}

std::optional<Refusal> FlawOf(const VoicesQuestion& question, const Comment& comment,
                              const Spoken& spoken) {
  if (comment.IsEdited())
    return Refusal{RefusalCause::kEdited, "it was edited; say it again in a new comment"};
  if (!comment.author) return UnknownAuthor("GitHub does not tell who wrote it");
  if (auto early = TooEarly(question.request, comment.created_at)) return early;
  if (spoken.kind == Voice::Kind::kReject) return std::nullopt;
  return WrongDigest(spoken.rest, question.request.digest);
}

// What was said before the request, and left alone since, is about something else: whoever was to
// hear of that has been answered then.
bool IsHistory(const GateRequest& request, const Comment& comment) {
  return TooEarly(request, std::max(comment.created_at, comment.updated_at)).has_value();
}

void AddComments(const VoicesQuestion& question, std::vector<Voice>& voices) {
  for (const Comment& comment : question.seen.comments) {
    const auto spoken = CommandIn(comment.body);
    if (!spoken || IsHistory(question.request, comment)) continue;
    Voice voice;
    voice.kind = spoken->kind;
    voice.what = "comment";
    voice.said = Said(question, voice.kind, UserOrGone(comment.author), comment.created_at,
                      "comment:" + std::to_string(comment.id), comment.app);
    voice.said.via = "comment";
    if (spoken->kind == Voice::Kind::kReject) voice.said.comment = spoken->rest;
    voice.flaw = FlawOf(question, comment, *spoken);
    voices.push_back(std::move(voice));
  }
}

// Closing an issue says no to what it asks.
void AddClosing(const VoicesQuestion& question, std::vector<Voice>& voices) {
  if (question.seen.issue.is_open) return;
  const IssueEvent* last = nullptr;
  for (const IssueEvent& event : question.seen.events)
    if (event.type == "closed") last = &event;
  if (!last || TooEarly(question.request, last->created_at)) return;
  if (last->actor && last->actor->id == question.seen.own_id) return;
  Voice voice;
  voice.kind = Voice::Kind::kReject;
  voice.what = "closing the issue";
  voice.said = Said(question, voice.kind, UserOrGone(last->actor), last->created_at,
                    "event:" + std::to_string(last->id), last->app);
  voice.said.via = "closing";
  if (!last->actor) voice.flaw = UnknownAuthor("GitHub does not tell who did it");
  voices.push_back(std::move(voice));
}

}  // namespace

std::vector<Voice> VoicesOn(const VoicesQuestion& question) {
  std::vector<Voice> voices;
  AddLabels(question, voices);
  AddComments(question, voices);
  AddClosing(question, voices);
  std::ranges::stable_sort(voices, {}, [](const Voice& voice) { return voice.said.at; });
  return voices;
}

}  // namespace jobgate
