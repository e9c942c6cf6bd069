// The thread that watches GitHub: looks at issues, delivers messages, and tells the engine. It
// decides nothing; what it saw goes through the engine's turn.
//
// Any thread may call it. GitHub being away costs nothing but time: jobs wait, messages stay in the
// outbox, and it goes on by itself.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "approvals/watcher/github_session.h"
#include "src/config/config_slot.h"
#include "src/engine/engine.h"
#include "src/loop/mailbox.h"

namespace jobgate {

class ApprovalWatcher final : public ApprovalWatch {
 public:
  // Called on the watcher's thread once somebody has looked, or with why that was not possible.
  using LookedFn = std::function<void(Result<void>)>;
  // Hears of what changes in the watcher's own state; on its thread.
  using StatusFn = std::function<void(const ApprovalStatus&)>;

  // All must outlive it.
  ApprovalWatcher(GitHubWorld world, ConfigSlot& config, Mailbox& mailbox, StatusFn on_change);
  ~ApprovalWatcher() override;
  // The engine's loop runs, or will.
  void Start();

  void LookSoon() override;
  // Reads `issue` (0 = only what changed) at once.
  void LookNow(int64_t issue, LookedFn done);
  // `issue` may have changed. Reads it soon where a job stands on it, and once more a little later;
  // many hints together cost no more than one, and what they cost in a minute is bounded.
  void Hint(int64_t issue);
  ApprovalStatus Status() const;

 private:
  struct Asked {
    int64_t issue = 0;
    LookedFn done;
  };

  void Run();
  // One round of what is due; until when there is nothing to do by itself.
  Duration Round(const Config& config);
  // The same where GitHub is not the provider any more: what there is to tell on issues of before,
  // as long as the settings name a repository.
  Duration TellTheRest(const Config& config);
  Result<void> MakeSession(const Config& config);
  // When the next look is due by itself, hints considered.
  Duration NextLook() const;
  // What to tell who asked for a look at `issue`.
  Result<void> LookedOr(const std::optional<github::Outcome>& failed, int64_t issue) const;
  std::optional<github::Outcome> Look(const ApprovalWork& work, const std::set<int64_t>& again);
  std::optional<github::Outcome> Deliver(const ApprovalWork& work);
  Result<Reply> Ask(Command command);
  void Note(const std::optional<github::Outcome>& failed);
  Duration AfterRefusal();  // when the next request makes sense
  void Tell(const ApprovalStatus& status);
  bool WaitUntil(Duration until);  // false where it stops
  bool HasNews() const;
  std::vector<Asked> TakeAsked();
  // Those of `issues` that somebody hinted at; nothing where the last time is too short ago.
  std::set<int64_t> TakeHints(Duration now, const std::set<int64_t>& issues);

  const GitHubWorld world_;
  ConfigSlot& config_;
  Mailbox& mailbox_;
  const StatusFn on_change_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Asked> asked_;
  std::set<int64_t> hinted_;
  ApprovalStatus status_;
  bool woken_ = false;
  bool stopping_ = false;

  // The watcher's thread alone. Times are those of Clock::Monotonic.
  std::unique_ptr<GitHubSession> session_;
  Duration next_look_{};
  Duration next_hints_{};                      // are not taken before
  Duration not_before_{};                      // GitHub wants no request until then
  Duration after_refusal_{};                   // how long it was waited after the last one in a row
  int farthest_ = 0;                           // GitHubSession::farthest() at that one
  Setbacks<JobId> setbacks_;                   // of jobs whose letters failed
  std::map<int64_t, std::string> unreadable_;  // issues, and why GitHub does not show them
  std::string undelivered_;                    // why some letters of this round were not; "" = none
  std::thread thread_;
};

}  // namespace jobgate
