#include "approvals/issue_desk.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "approvals/correspondence.h"
#include "approvals/desk.h"
#include "approvals/gate.h"
#include "approvals/voices.h"
#include "src/job/plan_check.h"
#include "src/turn/declarations.h"
#include "src/turn/stop.h"

namespace jobgate {
namespace {

// What is answered on one request.

std::string WhatNobodyMayChange(const IssueObservation& seen, const PostedRequest& posted) {
  const std::string rewritten = ", so that nobody can know what was read: it is asked for anew";
  if (posted.comment_id == 0)
    return TextHash(seen.issue) == posted.text_hash
               ? ""
               : "the text of the issue is not what jobgate wrote" + rewritten;
  for (const github::Comment& comment : seen.comments)
    if (comment.id == posted.comment_id)
      return TextHash(comment) == posted.text_hash
                 ? ""
                 : "the comment with the request is not what jobgate wrote" + rewritten;
  return "the comment with the request was deleted" + rewritten;
}

class IssueDesk {
 public:
  IssueDesk(Turn& turn, const IssueObservation& seen, LookTime look, Job job)
      : turn_(turn), seen_(seen), look_(look), job_(std::move(job)) {}

  Result<void> Hear() {
    auto declaration = DeclarationOf(job_, turn_.config);
    if (!declaration) return {};  // it is given up when its turn comes
    declaration_ = *std::move(declaration);
    policy_ = GateOf(job_, *declaration_, turn_.config);
    if (!policy_ || !policy_->github || !job_.gate || !job_.gate->posted) return {};
    JOBGATE_TRY(HearWhatStands());
    if (IsOver()) return Became(Expire(turn_, job_));
    // Taken back past its expiry, by a look that began before.
    if (IsPastExpiry(turn_, job_)) AwaitLastLook(turn_, job_);
    return {};
  }

 private:
  // Everything that was said in time has been heard.
  bool IsOver() const {
    return job_.state == JobState::kWaitingApproval && look_.at >= *job_.approval_expires_at;
  }

  Result<void> HearWhatStands() {
    if (!seen_.why_gone.empty()) return AskAnew(seen_.why_gone, true);
    if (const auto changed = WhatNobodyMayChange(seen_, *job_.gate->posted); !changed.empty())
      return AskAnew(changed, false);
    Judge();
    JOBGATE_TRY(Withdraw("it does not stand on the issue any more"));
    JOBGATE_TRY(RefuseOthers());
    if (!rejections_.empty()) return EndBy(rejections_.front());
    for (const Voice& voice : approvals_) JOBGATE_TRY(Count(voice));
    return {};
  }

  Result<void> Became(Result<Job> changed) {
    if (!changed) return Fail(std::move(changed).error());
    job_ = *std::move(changed);
    return {};
  }

  Allowed Verdict(const Voice& voice) const {
    if (voice.flaw) return tl::unexpected<Refusal>(*voice.flaw);
    const auto may = voice.kind == Voice::Kind::kApprove ? MayApprove : MayReject;
    return may(*policy_, turn_.config.approval.github.requesters, job_.requester, voice.said);
  }

  void Judge() {
    const bool is_bound = !LoginOf(turn_.config, job_.requester).empty();
    const auto voices = VoicesOn({seen_, *job_.gate, *policy_->github, RequesterLogin(), is_bound,
                                  std::string(NameOfActor(job_.requester))});
    for (const Voice& voice : voices) {
      if (WasRefused(voice)) continue;  // whatever has become of who said it
      if (auto verdict = Verdict(voice); !verdict)
        refused_.push_back({voice, std::move(verdict).error()});
      else if (voice.kind == Voice::Kind::kApprove)
        approvals_.push_back(voice);
      else
        rejections_.push_back(voice);
    }
  }

  std::string RequesterLogin() const {
    return PersonOf(turn_.config.approval.github.requesters, job_.requester);
  }

  bool Stands(const Approval& approval) const {
    if (!approval.voice) return !is_rejected_;
    return std::ranges::any_of(approvals_, [&](const Voice& voice) {
      return voice.said.voice->signal == approval.voice->signal;
    });
  }

  // Takes back every approval that does not stand. Where that brings a fresh request, nothing that
  // stands is about it.
  Result<void> Withdraw(const std::string& why) {
    const GateRequest before = *job_.gate;
    for (const Approval& approval : before.approvals) {
      if (Stands(approval)) continue;
      JOBGATE_TRY(Revoke(approval, why));
      if (job_.gate->nonce == before.nonce) continue;
      approvals_.clear();
      refused_.clear();
      return {};
    }
    return {};
  }

  Result<void> Revoke(const Approval& approval, const std::string& why) {
    Job next = job_;
    std::erase(next.gate->approvals, approval);
    Told revoked{"job:revoked", std::nullopt, {{"by", approval.by}, {"reason", why}}};
    if (approval.voice) {
      revoked.payload["signal"] = approval.voice->signal;
      revoked.payload["label"] = approval.voice->label;
    }
    const bool rest_suffices = rejections_.empty() && Suffices(turn_, next);
    if (job_.state != JobState::kQueued || rest_suffices)
      return Became(Amend(turn_, job_, std::move(next), revoked));
    if (job_.gate->used_by_attempt > 0) {
      auto reopened = Reopen(turn_, job_, Happening::kApprovalLost, why, revoked);
      if (reopened || reopened.error().code == Code::kStoreFault)
        return Became(std::move(reopened));
      // Nobody can be asked about what the settings no longer have: its start gives it up.
      return Became(Amend(turn_, job_, std::move(next), revoked));
    }
    next.approval_warn_at = WarningBefore(turn_, *next.approval_expires_at);
    return Became(Move(turn_, job_, std::move(next), Happening::kApprovalLost, revoked));
  }

  Result<void> RefuseOthers() {
    for (const auto& [voice, why] : refused_) {
      if (WasRefused(voice)) continue;
      if (job_.gate->refusals.size() < kRefusalsMax)
        JOBGATE_TRY(Refuse(voice, why));
      else
        JOBGATE_TRY(TakeLabelOff(turn_, job_, *voice.said.voice));
    }
    return {};
  }

  bool WasRefused(const Voice& voice) const {
    return std::ranges::any_of(job_.gate->refusals, [&](const RefusedVoice& refusal) {
      return refusal.signal == voice.said.voice->signal;
    });
  }

  Result<void> Refuse(const Voice& voice, const Refusal& why) {
    Job next = job_;
    const GitHubVoice& heard = *voice.said.voice;
    next.gate->refusals.push_back(
        {heard.signal, voice.said.by, voice.said.at, voice.what, why.words});
    return Became(Amend(turn_, job_, std::move(next),
                        Told{"job:approval_refused",
                             voice.said.by,
                             {{"by", voice.said.by},
                              {"what", voice.what},
                              {"via", voice.said.via},
                              {"signal", heard.signal},
                              {"label", heard.label},
                              {"userId", heard.user_id},
                              {"role", heard.role},
                              {"reason", why.words},
                              {"cause", NameOf(why.cause)}}}));
  }

  Result<void> EndBy(const Voice& voice) {
    approvals_.clear();
    is_rejected_ = true;
    JOBGATE_TRY(Withdraw("rejected by " + voice.said.by));
    // Nothing has run yet under the approval that is being checked.
    if (job_.state == JobState::kRunning && WasPlanCheck(job_))
      return Became(StopRunning(
          turn_, job_, {StopIntent::Kind::kCancel, voice.said.by, WhyRejected(voice.said)}));
    if (job_.state != JobState::kWaitingApproval) return {};
    return Became(TakeRejection(turn_, job_, voice.said));
  }

  Result<void> Count(const Voice& voice) {
    if (job_.state == JobState::kRunning) return {};
    const auto& known = job_.gate->approvals;
    const auto counted = std::ranges::find_if(known, [&](const Approval& one) {
      return one.voice && one.voice->signal == voice.said.voice->signal;
    });
    if (counted != known.end()) return NoteName(counted - known.begin(), voice.said.by);
    const Time said_at = std::min(turn_.now, voice.said.at - look_.clock_difference);
    if (job_.approval_expires_at && said_at >= *job_.approval_expires_at) return {};
    return Became(TakeApproval(turn_, job_, voice.said, said_at));
  }

  // The account may have another login by now. What is said here under either is said by the same
  // person.
  Result<void> NoteName(std::ptrdiff_t index, const Actor& name) {
    Job next = job_;
    Approval& approval = next.gate->approvals.at(static_cast<size_t>(index));
    if (approval.by == name) return {};
    auto& earlier = approval.voice->earlier_names;
    std::erase(earlier, name);
    earlier.push_back(std::exchange(approval.by, name));
    return Became(Amend(turn_, job_, std::move(next), std::nullopt));
  }

  // The request has to be posted once more; nothing that was said about it holds.
  Result<void> AskAnew(const std::string& why, bool on_another_issue) {
    approvals_.clear();
    JOBGATE_TRY(Withdraw(why));
    if (IsOver()) return {};
    Job next = job_;
    next.gate->posted.reset();
    next.gate->reason = why;
    if (on_another_issue) next.issue_id.reset();
    if (on_another_issue) next.issue_url.reset();
    if (job_.state != JobState::kWaitingApproval)
      return Became(Amend(turn_, job_, std::move(next), std::nullopt));
    const Told waits{"job:waiting_approval", std::nullopt, RequestPayload(next)};
    return Became(Amend(turn_, job_, std::move(next), waits));
  }

  struct RefusedOne {
    Voice voice;
    Refusal why;
  };

  Turn& turn_;
  const IssueObservation& seen_;
  const LookTime look_;
  Job job_;
  DeclarationPtr declaration_;
  const GatePolicy* policy_ = nullptr;
  bool is_rejected_ = false;  // then not even what was said elsewhere stands
  std::vector<Voice> approvals_, rejections_;
  std::vector<RefusedOne> refused_;
};

}  // namespace

Result<void> Observe(Turn& turn, const IssueObservation& seen, LookTime look) {
  auto jobs = turn.store.ActiveJobsOfIssue(seen.number);
  if (!jobs) return Fail(std::move(jobs).error());
  IssueObservation not_here;
  not_here.number = seen.number;
  not_here.why_gone = "issue #" + std::to_string(seen.number) +
                      " is in another repository than approvals are asked for in by now";
  for (Job& job : *jobs) {
    const bool is_here = !job.issue_url || !seen.elsewhere.contains(*job.issue_url);
    JOBGATE_TRY(IssueDesk(turn, is_here ? seen : not_here, look, std::move(job)).Hear());
  }
  return {};
}

std::string LoginOf(const Config& config, const Actor& actor) {
  const auto& bound = config.approval.github.requesters;
  if (const auto found = bound.find(actor); found != bound.end()) return found->second;
  return actor.starts_with("github:") ? std::string(NameOfActor(actor)) : "";
}

}  // namespace jobgate
