#include "tests/simulation/approval/crowd.h"

#include <algorithm>
#include <cctype>

namespace jobgate::sim {
namespace {

using github::Role;

// Of any settings, at some time: see approval/settings.cc.
const std::vector<std::string> kApproveLabels = {"approved", "lgtm", "plan-approved"};
const std::vector<std::string> kRejectLabels = {"rejected", "denied"};
const std::vector<std::string> kOtherLabels = {"bug", "approve", "approved-by", "later"};
const std::vector<Role> kRoles = {Role::kNone,  Role::kRead,     Role::kTriage,
                                  Role::kWrite, Role::kMaintain, Role::kAdmin};
const std::vector<int64_t> kPlain = {12, 13, 14};  // nothing ever happens to these
constexpr int64_t kLastOfOthers = 11;
constexpr int64_t kErin = 10, kRover = 11;  // may have other logins, or one after the other
constexpr size_t kDigestsKept = 20;

}  // namespace

int64_t Crowd::Somebody() {
  if (dice_.OneIn(3)) return dice_.Pick(kPlain);
  return dice_.Between(1, kLastOfOthers);
}

std::string Crowd::InSomeCase(std::string label) {
  if (!dice_.OneIn(4)) return label;
  for (char& c : label)
    if (dice_.OneIn(2)) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return label;
}

void Crowd::Act(const std::vector<Standing>& all) {
  if (dice_.OneIn(150)) ChangeSomebody();
  if (all.empty()) return;
  const Standing& standing = dice_.Pick(all);
  if (std::ranges::find(old_digests_, standing.digest) == old_digests_.end()) {
    old_digests_.push_back(standing.digest);
    if (old_digests_.size() > kDigestsKept) old_digests_.erase(old_digests_.begin());
  }
  const int64_t issue = standing.issue;
  const int64_t by = Somebody();
  const int64_t roll = dice_.Below(1000);
  if (roll < 510) return SetSomeLabel(issue, by);
  if (roll < 910) return TakeSomeLabel(issue, by);
  if (roll < 945) return Say(standing, by);
  if (roll < 982) return TouchComment(issue);
  if (roll < 986) return hub_.SetOpen(issue, by, false, dice_.OneIn(10));
  if (roll < 997) return hub_.SetOpen(issue, by, true);
  if (roll < 999) return Rewrite(issue);
  if (dice_.OneIn(2)) hub_.Lose(issue, "the issue was deleted");
}

void Crowd::SetSomeLabel(int64_t issue, int64_t by) {
  const bool through_app = dice_.OneIn(12);
  if (dice_.OneIn(4)) return hub_.SetLabel(issue, by, dice_.Pick(kOtherLabels), through_app);
  const bool rejects = dice_.OneIn(50);
  hub_.SetLabel(issue, by, InSomeCase(dice_.Pick(rejects ? kRejectLabels : kApproveLabels)),
                through_app);
}

void Crowd::TakeSomeLabel(int64_t issue, int64_t by) {
  const std::vector<std::string> standing = hub_.issues().at(issue).issue.labels;
  if (!standing.empty()) hub_.RemoveLabel(issue, by, InSomeCase(dice_.Pick(standing)));
}

std::string Crowd::Words(const Standing& standing) {
  const std::string digest =
      dice_.OneIn(4) && !old_digests_.empty() ? dice_.Pick(old_digests_) : standing.digest;
  switch (dice_.Below(14)) {
    case 0:
      return "/approve " + digest.substr(0, 11);
    case 1:
      return "/approve";
    case 2:
      return "/approve " + digest;
    case 3: {
      std::string upper = digest.substr(0, 16);
      for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      return "\n  /approve  " + upper + " \r\nas discussed";
    }
    case 4:
      return "I would say\n/approve " + digest.substr(0, 12);
    case 5:
      return "/approved " + digest.substr(0, 12);
    case 6:
      return dice_.OneIn(3) ? "/reject not like this" : "not like this";
    case 7:
      return "/approve " + digest.substr(0, 12) + " please";
    default:
      return "/approve " + digest.substr(0, 12);
  }
}

void Crowd::Say(const Standing& standing, int64_t by) {
  hub_.Comment(standing.issue, by, Words(standing), dice_.OneIn(12));
}

// The newest ones mostly: the first may be the request.
void Crowd::TouchComment(int64_t issue) {
  const auto& comments = hub_.issues().at(issue).comments;
  if (comments.empty()) return;
  const auto count = static_cast<int64_t>(comments.size());
  const int64_t from = dice_.OneIn(30) ? 0 : std::max<int64_t>(0, count - 6);
  const github::Comment& comment = comments[static_cast<size_t>(dice_.Between(from, count - 1))];
  const bool is_own = comment.author && comment.author->id == Hub::kOwnId;
  if (is_own && !dice_.OneIn(20)) return;
  if (dice_.OneIn(2)) return hub_.DeleteComment(issue, comment.id);
  hub_.EditComment(issue, comment.id, dice_.OneIn(2) ? comment.body + " " : "never mind");
}

void Crowd::Rewrite(int64_t issue) {
  if (dice_.OneIn(3)) return hub_.EditBody(issue, "harmless");
  const auto& comments = hub_.issues().at(issue).comments;
  for (const github::Comment& comment : comments)
    if (comment.author && comment.author->id == Hub::kOwnId && dice_.OneIn(2))
      return hub_.EditComment(issue, comment.id, "harmless");
}

// Roles that come and go, logins that change, and one that somebody else takes over.
void Crowd::ChangeSomebody() {
  const int64_t id = dice_.Between(2, kLastOfOthers);
  if (dice_.OneIn(3)) {
    const bool to_erin = dice_.OneIn(2);
    const int64_t other = to_erin ? kErin : kRover;
    static const std::vector<std::string> kLogins = {"erin", "rover", "erin2", "alice2"};
    return hub_.Rename(other, dice_.Pick(kLogins));
  }
  if (dice_.OneIn(10)) {
    hub_.accounts().at(7).is_gone = !hub_.accounts().at(7).is_gone;
    return;
  }
  // Mostly back to something that may.
  hub_.accounts().at(id).role = dice_.OneIn(2) ? Role::kWrite : dice_.Pick(kRoles);
}

void Crowd::Clear(int64_t issue) {
  const std::vector<std::string> standing = hub_.issues().at(issue).issue.labels;
  for (const std::string& label : standing) hub_.RemoveLabel(issue, kPlain[0], label);
  hub_.SetOpen(issue, kPlain[0], true);
}

void Crowd::ApprovePlainly(const Standing& standing, bool by_comment) {
  for (size_t i = 0; i < kPlain.size(); ++i) {
    if (by_comment)
      hub_.Comment(standing.issue, kPlain[i], "/approve " + standing.digest.substr(0, 12));
    else
      hub_.SetLabel(standing.issue, kPlain[i], kApproveLabels[i]);
  }
}

void Crowd::RejectPlainly(int64_t issue) {
  hub_.Comment(issue, kPlain[0], "/reject not now");
}

}  // namespace jobgate::sim
