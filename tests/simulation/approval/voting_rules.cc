#include "tests/simulation/approval/voting_rules.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

namespace jobgate::sim {
namespace {

using github::Comment;
using github::IssueEvent;
using github::Role;

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool IsAmong(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::any_of(all, [&](const auto& other) { return Lower(other) == Lower(one); });
}

bool IsListed(const GateRule& gate, const std::string& login) {
  return IsAmong(gate.approvers, login) || IsAmong(gate.approvers, "github:" + login);
}

std::string NameOf(const Actor& actor) {
  return Lower(actor.substr(actor.find(':') + 1));
}

std::string NoReturns(std::string text) {
  std::erase(text, '\r');
  return text;
}

// An act on the issue: a label set, a comment, a closing.
struct Act {
  const std::optional<github::User>& who;
  const std::optional<std::string>& app;
  Time at;
};

bool IsLater(const Posting& posting, Time at) {
  return posting.comment_id == 0 ? at >= posting.at : at > posting.at;
}

bool IsRequesterThere(const Ballot& ballot, const github::User& user, Vote::Kind kind) {
  if (ballot.posting.requester_id != 0) return ballot.posting.requester_id == user.id;
  std::string login = ballot.requester_login;
  // Nobody rejects by a name of this machine, and nobody gets past it.
  const bool is_login = ballot.requester.starts_with("github:");
  if (login.empty() && (is_login || kind == Vote::Kind::kApprove)) login = NameOf(ballot.requester);
  return !login.empty() && Lower(user.login) == Lower(login);
}

// Approving takes it, and rejecting by anybody but the requester.
bool HasAuthority(const Ballot& ballot, const IssueObservation& seen, const Act& act) {
  const github::User& user = *act.who;
  if (user.id == seen.own_id) return false;
  const bool must_be_listed = act.app || user.is_bot || !ballot.gate.approvers.empty();
  if (must_be_listed && !IsListed(ballot.gate, act.app ? *act.app + "[bot]" : user.login))
    return false;
  static const std::map<std::string, Role> kNeeded = {
      {"write", Role::kWrite}, {"maintain", Role::kMaintain}, {"admin", Role::kAdmin}};
  const auto role = seen.roles.find(user.id);
  return role != seen.roles.end() && role->second >= kNeeded.at(ballot.github.permission);
}

bool Counts(const Ballot& ballot, const IssueObservation& seen, const Act& act, Vote::Kind kind) {
  if (!act.who || !IsLater(ballot.posting, act.at)) return false;
  const bool is_requester = IsRequesterThere(ballot, *act.who, kind);
  if (kind == Vote::Kind::kReject) return is_requester || HasAuthority(ballot, seen, act);
  // Nobody gets past the rule under the requester's name either.
  const bool has_name = Lower(act.who->login) == NameOf(ballot.requester);
  if (!ballot.gate.self_approval && (is_requester || has_name)) return false;
  return HasAuthority(ballot, seen, act);
}

Vote VoteOf(const Act& act, Vote::Kind kind, const std::string& signal) {
  Vote vote;
  vote.kind = kind;
  vote.signal = signal;
  vote.at = act.at;
  if (act.who) vote.account = act.who->id;
  if (act.who) vote.login = act.who->login;
  return vote;
}

class Poll {
 public:
  Poll(const Ballot& ballot, const IssueObservation& seen) : ballot_(ballot), seen_(seen) {}

  std::vector<Vote> Votes() {
    for (const std::string& label : seen_.issue.labels) OfLabel(label);
    for (const Comment& comment : seen_.comments) OfComment(comment);
    OfClosing();
    return std::move(votes_);
  }

 private:
  void Add(const Act& act, Vote::Kind kind, const std::string& signal, bool holds) {
    Vote vote = VoteOf(act, kind, signal);
    vote.counts = holds && Counts(ballot_, seen_, act, kind);
    votes_.push_back(std::move(vote));
  }

  void OfLabel(const std::string& label) {
    const bool approves = IsAmong(ballot_.github.approve_labels, label);
    if (!approves && !IsAmong(ballot_.github.reject_labels, label)) return;
    const IssueEvent* last = nullptr;
    for (const IssueEvent& event : seen_.events)
      if (event.label && Lower(*event.label) == Lower(label)) last = &event;
    if (!last || last->type != "labeled") return;
    Add({last->actor, last->app, last->created_at},
        approves ? Vote::Kind::kApprove : Vote::Kind::kReject, "event:" + std::to_string(last->id),
        true);
  }

  // "/approve" and the first digits of the digest, twelve at least, are the first line.
  void OfComment(const Comment& comment) {
    const size_t begin = comment.body.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return;
    std::istringstream line(comment.body.substr(begin, comment.body.find('\n', begin) - begin));
    std::string word, digits, more;
    line >> word >> digits >> more;
    const Act act{comment.author, comment.app, comment.created_at};
    const std::string signal = "comment:" + std::to_string(comment.id);
    if (!IsLater(ballot_.posting, std::max(comment.created_at, comment.updated_at))) return;
    const bool is_edited = comment.created_at != comment.updated_at;
    if (word == "/reject") Add(act, Vote::Kind::kReject, signal, !is_edited);
    if (word != "/approve") return;
    const bool names_it = digits.size() >= 12 && more.empty() &&
                          ballot_.digest.substr(0, digits.size()) == Lower(digits);
    Add(act, Vote::Kind::kApprove, signal, !is_edited && names_it);
  }

  void OfClosing() {
    if (seen_.issue.is_open) return;
    const IssueEvent* last = nullptr;
    for (const IssueEvent& event : seen_.events)
      if (event.type == "closed") last = &event;
    if (!last || (last->actor && last->actor->id == seen_.own_id)) return;
    Add({last->actor, last->app, last->created_at}, Vote::Kind::kReject,
        "event:" + std::to_string(last->id), true);
  }

  const Ballot& ballot_;
  const IssueObservation& seen_;
  std::vector<Vote> votes_;
};

}  // namespace

bool IsVoid(const Posting& posting, const IssueObservation& seen) {
  if (!seen.why_gone.empty()) return true;
  if (posting.comment_id == 0)
    return seen.issue.title != posting.title ||
           NoReturns(seen.issue.body) != NoReturns(posting.text);
  return std::ranges::none_of(seen.comments, [&](const Comment& comment) {
    return comment.id == posting.comment_id && NoReturns(comment.body) == NoReturns(posting.text);
  });
}

std::vector<Vote> VotesOn(const Ballot& ballot, const IssueObservation& seen) {
  return Poll(ballot, seen).Votes();
}

bool MayApproveHere(const Ballot& ballot, const Actor& actor) {
  if (!ballot.github.allow_local) return false;
  const bool is_requester =
      NameOf(actor) == NameOf(ballot.requester) || NameOf(actor) == Lower(ballot.requester_login);
  if (!ballot.gate.self_approval && is_requester) return false;
  return ballot.gate.approvers.empty() || IsAmong(ballot.gate.approvers, actor) ||
         IsAmong(ballot.gate.approvers, NameOf(actor));
}

bool MayRejectHere(const Ballot& ballot, const Actor& actor) {
  return NameOf(actor) == NameOf(ballot.requester) || ballot.gate.approvers.empty() ||
         IsAmong(ballot.gate.approvers, actor) || IsAmong(ballot.gate.approvers, NameOf(actor));
}

}  // namespace jobgate::sim
