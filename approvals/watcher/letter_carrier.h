// Delivers messages of the outbox: whatever happens in between, each is there once. Belongs to the
// watcher's thread.
#pragma once
#include "approvals/approval_work.h"
#include "approvals/github/issues.h"
#include "approvals/issue_message.h"
#include "approvals/watcher/accepted_texts.h"
#include "approvals/watcher/second_opinion.h"
#include "approvals/watcher/spaced.h"
#include "src/base/time.h"

namespace jobgate {

class LetterCarrier {
 public:
  // References must outlive it. `own_id` is the account that writes; `clock_difference` GitHub's
  // time minus ours; `gone` what earlier deliveries heard, `unanswered` which texts they sent
  // without hearing whether GitHub has them, `accepted` those that it has.
  LetterCarrier(github::Issues& issues, int64_t own_id, Duration clock_difference,
                SecondOpinion& gone, SecondOpinion& unanswered, AcceptedTexts& accepted,
                WaitFn wait);

  // Of a letter whose job stands on an issue of another repository.
  static DeliveryReport NotHere(const Letter& letter);

  // Also of a letter that was delivered, in part or whole, before a crash: its text is known by its
  // marker and this account, and posted.text_hash is that of what was sent. A message that GitHub
  // will never take comes back as parked. Errors: try the same letter again later.
  github::Answer<DeliveryReport> Deliver(const Letter& letter);

 private:
  github::Answer<DeliveryReport> DeliverTo(int64_t issue, const IssueMessage& message,
                                           const Letter& letter);
  github::Answer<DeliveryReport> OpenIssue(const IssueMessage& message, const Letter& letter);
  // The comment, or the issue, with the text: what was accepted or is found, or else is sent.
  github::Answer<github::Comment> Say(int64_t issue, const IssueMessage& message,
                                      const Letter& letter);
  github::Answer<github::Issue> MakeIssue(const IssueMessage& message, const Letter& letter);
  github::Answer<bool> RemoveLabels(const github::Issue& issue, const IssueMessage& message);
  github::Answer<bool> IsGone(int64_t issue, const std::string& label);
  // Sends a text that was not found; one that was sent without an answer only once it was not found
  // some seconds later either, since a list may lag behind what was written.
  template <typename Send>
  auto SendOnce(const Letter& letter, Send send) -> decltype(send());
  github::Answer<bool> Assign(int64_t issue, const IssueMessage& message);
  github::Answer<bool> SetOpen(const github::Issue& issue, bool open);
  github::Answer<int64_t> RequesterId(const IssueMessage& message, const Letter& letter);
  // Before GitHub can have had it.
  Time Before(const Letter& letter) const;

  github::Issues& issues_;
  const int64_t own_id_;
  const Duration clock_difference_;
  SecondOpinion& gone_;
  SecondOpinion& unanswered_;
  AcceptedTexts& accepted_;
  const WaitFn wait_;
};

}  // namespace jobgate
