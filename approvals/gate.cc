#include "approvals/gate.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "approvals/github/records.h"
#include "src/base/ascii.h"

namespace jobgate {
namespace {

bool IsListed(const GatePolicy& policy, const Actor& actor) {
  return std::ranges::any_of(policy.approvers, [&](const std::string& listed) {
    return IsSameFolded(listed, actor) || IsSameFolded(listed, NameOfActor(actor));
  });
}

bool HaveOneName(const Actor& a, const Actor& b) {
  return IsSameFolded(NameOfActor(a), NameOfActor(b));
}

bool HaveOneLogin(const Logins& logins, const Actor& a, const Actor& b) {
  return logins.contains(a) && logins.contains(b) &&
         IsSameFolded(PersonOf(logins, a), PersonOf(logins, b));
}

bool IsByRequester(const Logins& logins, const Actor& requester, const Approval& said) {
  return said.voice ? said.voice->is_requester : IsRequesterHere(logins, requester, said.by);
}

bool HasRole(const GitHubRules& rules, const GitHubVoice& voice) {
  const auto role = github::RoleFromName(voice.role);
  const auto needed = github::RoleFromName(rules.permission_min);
  return role && needed && *role >= *needed;
}

// The account behind a voice, whatever it said.
Allowed MayBeHeard(const GatePolicy& policy, const Approval& said) {
  const GitHubVoice& voice = *said.voice;
  if (!policy.github)
    return Refused(RefusalCause::kElsewhere,
                   "this gate is not decided on GitHub (approval.provider)");
  if (voice.is_own)
    return Refused(RefusalCause::kOwnAccount,
                   said.by +
                       " is the account that jobgate itself uses, whose word "
                       "proves nothing: another person has to approve");
  if (voice.is_bot && !IsListed(policy, said.by))
    return Refused(
        RefusalCause::kBot,
        said.by + " is a bot or an app, and is not among the approvers (approval.approvers)");
  if (!HasRole(*policy.github, voice))
    return Refused(RefusalCause::kRole, said.by + " has the role " + voice.role +
                                            " in the repository; " + policy.github->permission_min +
                                            " is needed (approval.requirePermission)");
  return {};
}

// What approving and rejecting have in common.
Allowed HasAuthority(const GatePolicy& policy, const Approval& said) {
  if (said.voice)
    if (auto heard = MayBeHeard(policy, said); !heard) return heard;
  if (!policy.approvers.empty() && !IsListed(policy, said.by))
    return Refused(RefusalCause::kNotListed,
                   said.by + " is not among the approvers of this gate (approval.approvers)");
  return {};
}

bool IsApproveLabel(const GatePolicy& policy, const std::string& label) {
  return std::ranges::any_of(policy.github->approve_labels,
                             [&](const std::string& one) { return IsSameFolded(one, label); });
}

// Whoever gave an approval, by all that is known of them: an account keeps its id under a new
// login.
struct Person {
  std::set<std::string> names;
  std::set<int64_t> accounts;

  bool MayBe(const Person& other) const {
    const auto has_name = [&](const std::string& name) { return other.names.contains(name); };
    const auto has_account = [&](int64_t account) { return other.accounts.contains(account); };
    return std::ranges::any_of(names, has_name) || std::ranges::any_of(accounts, has_account);
  }
  void Add(Person other) {
    names.merge(other.names);
    accounts.merge(other.accounts);
  }
};

Person WhoGave(const Logins& logins, const Approval& approval) {
  Person person;
  person.names.insert(Folded(PersonOf(logins, approval.by)));
  if (!approval.voice) return person;
  person.accounts.insert(approval.voice->user_id);
  for (const Actor& name : approval.voice->earlier_names)
    person.names.insert(Folded(PersonOf(logins, name)));
  return person;
}

// Those who looked like several are one where they have something in common with the same one.
void AddPerson(std::vector<Person>& people, Person person) {
  std::erase_if(people, [&](const Person& known) {
    const bool is_same = known.MayBe(person);
    if (is_same) person.Add(known);
    return is_same;
  });
  people.push_back(std::move(person));
}

// Distinct people whose approval of exactly this digest both policies accept.
int CountValid(const GateQuestion& question) {
  static const Logins kNobodyBound;
  const auto& logins = question.logins ? *question.logins : kNobodyBound;
  std::vector<Person> people;
  for (const Approval& approval : question.request->approvals) {
    if (approval.digest != question.request->digest ||
        !MayApprove(*question.approved_policy, logins, question.requester, approval) ||
        !MayApprove(*question.current_policy, logins, question.requester, approval))
      continue;
    AddPerson(people, WhoGave(logins, approval));
  }
  return static_cast<int>(people.size());
}

bool IsObserved(const GateQuestion& question) {
  const bool on_github = question.approved_policy->github || question.current_policy->github;
  // Whoever approved here alone cannot have revoked it there.
  const bool said_there = std::ranges::any_of(
      question.request->approvals, [](const Approval& one) { return one.voice.has_value(); });
  return !on_github || !said_there ||
         (question.observation_age && *question.observation_age <= question.observation_age_max);
}

}  // namespace

Allowed MayApprove(const GatePolicy& policy, const Logins& logins, const Actor& requester,
                   const Approval& said) {
  if (!said.voice && policy.github && !policy.github->allow_local)
    return Refused(RefusalCause::kElsewhere,
                   "this gate is decided on its GitHub issue; approving here needs "
                   "approval.allowLocal: true");
  const bool is_requester =
      IsOnePerson(logins, said.by, requester) || IsByRequester(logins, requester, said);
  if (!policy.self_approval && is_requester)
    return Refused(RefusalCause::kRequester,
                   said.by +
                       " asked for this job and may not approve it: another person has to "
                       "(approval.allowSelfApproval)");
  if (auto allowed = HasAuthority(policy, said); !allowed) return allowed;
  if (said.voice && !said.voice->label.empty() && !IsApproveLabel(policy, said.voice->label))
    return Refused(RefusalCause::kLabel, "label " + said.voice->label +
                                             " approves nothing here (approval.approveLabels)");
  return {};
}

Allowed MayReject(const GatePolicy& policy, const Logins& logins, const Actor& requester,
                  const Approval& said) {
  if (IsByRequester(logins, requester, said)) return {};
  return HasAuthority(policy, said);
}

GateVerdict DecideGate(const GateQuestion& question) {
  if (question.digest_now != question.request->digest) return GateDrifted{};
  const int needed =
      std::max(question.approved_policy->approvals_min, question.current_policy->approvals_min);
  const int missing = needed - CountValid(question);
  if (missing > 0) return GateWaiting{missing};
  if (!question.another_try && question.now >= question.expires_at) return GateExpired{};
  if (!IsObserved(question)) return GateUnobserved{};
  return GateOpen{};
}

std::string PersonOf(const Logins& logins, const Actor& actor) {
  const auto bound = logins.find(actor);
  return bound != logins.end() ? bound->second : std::string(NameOfActor(actor));
}

bool IsOnePerson(const Logins& logins, const Actor& a, const Actor& b) {
  return HaveOneName(a, b) || IsSameFolded(PersonOf(logins, a), PersonOf(logins, b));
}

bool IsWhoGave(const Logins& logins, const Approval& given, const Actor& actor) {
  const auto is_name = [&](const Actor& name) { return IsOnePerson(logins, name, actor); };
  return is_name(given.by) ||
         (given.voice && std::ranges::any_of(given.voice->earlier_names, is_name));
}

bool IsRequesterHere(const Logins& logins, const Actor& requester, const Actor& actor) {
  return HaveOneName(actor, requester) || HaveOneLogin(logins, actor, requester);
}

}  // namespace jobgate
