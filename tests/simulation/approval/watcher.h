// The daemon's watcher in the simulated world (approvals/watcher/ is the real one): carries letters
// to GitHub and brings what it finds there, late, twice, or never. Keeps the
// promises of TakeObservations all the same. Dies with its daemon.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "src/engine/command.h"
#include "tests/simulation/approval/hub.h"
#include "tests/simulation/approval/reading.h"

namespace jobgate::sim {

class SimWatcher {
 public:
  SimWatcher(Hub& hub, const SimClock& clock, Dice& dice) : hub_(hub), clock_(clock), dice_(dice) {}

  // Its daemon died.
  void Restart();
  // Nothing goes wrong any more, it is never idle, and what it has not told yet it sees again.
  void BeCalm();

  // One step of its work. Letters first, as the real one does.
  void Work();
  // What it asks of the engine now: deliveries, then at most one look, then for work.
  std::vector<Command> Draw();

  // Answers of the engine.
  void TakeWork(ApprovalWork work);
  // The engine did not take what it was told: everything is to be seen again.
  void Refused();

 private:
  struct Pending {
    TakeObservations look;
    std::map<int64_t, int64_t> versions;  // of what is in it
    int64_t not_before = 0;               // step
  };

  bool Mishap(int64_t one_in) { return !calm_ && dice_.OneIn(one_in); }
  void Carry(const Letter& letter);
  DeliveryReport Deliver(const Letter& letter, const IssueMessage& message);
  DeliveryReport OpenIssue(const Letter& letter, const IssueMessage& message);
  void RemoveLabels(int64_t number, const IssueMessage& message);
  void BeginLook();
  void GoOnLooking();
  void EndLook();

  Hub& hub_;
  const SimClock& clock_;
  Dice& dice_;
  bool calm_ = false;
  int64_t step_ = 0;
  std::optional<ApprovalWork> work_;
  std::vector<DeliveryReport> reports_;
  std::deque<Pending> pending_;
  std::map<int64_t, int64_t> known_;  // versions that the engine has, or will have in order
  std::vector<Reading> readings_;     // of the look that goes on
  Duration looked_at_{};
  Time time_there_;
  bool is_looking_ = false;
};

}  // namespace jobgate::sim
