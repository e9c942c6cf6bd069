// The engine: takes what arrived, applies it in ONE store transaction, claims work for free
// slots in the same transaction, commits with one sync, and only then replies and spawns.
//
// Owned by the loop thread (or by a simulator that plays it). It has no clock, randomness,
// process, file or network of its own.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/clock.h"
#include "src/engine/approval_figures.h"
#include "src/engine/command.h"
#include "src/engine/figures.h"
#include "src/engine/timekeeper.h"
#include "src/engine/worker_switch.h"
#include "src/turn/discipline.h"
#include "src/turn/turn.h"
#include "src/worker/spawner.h"

namespace jobgate {

// What others want to hear of the engine's turns: the log, the live stream. Called on the loop
// thread, after the commit; must not block.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  virtual void Committed(const std::vector<Event>& events) = 0;
  virtual void Refused(const Actor& actor, const Error& why) = 0;
  virtual void StoreFault(const Error& why) = 0;
};

// Whoever looks at the approvals' provider. Called on the loop thread, after the commit; must not
// block.
class ApprovalWatch {
 public:
  virtual ~ApprovalWatch() = default;
  // There is something to deliver, or a start waits for what stands on its issue now.
  virtual void LookSoon() = 0;
};

// All of it must outlive the Engine.
struct EngineWorld {
  Store& store;
  const Clock& clock;
  Random& random;
  ProcessSpawner& spawner;
  FileSystem& files;
  GitRepositories& repositories;
  EngineObserver& observer;
  JobUser user = {};
  ApprovalWatch* approvals = nullptr;  // null = nobody has to be woken
};

class Engine {
 public:
  // Reads what it keeps in the store. Throws std::runtime_error where that cannot be read.
  Engine(EngineWorld world, Settings settings);

  // One turn. Every envelope is answered once, after the commit. Returns how long until
  // something is due by itself; nothing where only an arrival can change anything.
  std::optional<Duration> RunTurn(std::vector<Envelope> commands,
                                  const std::vector<SupervisorReport>& reports);

  // Sequence number of the newest committed event; readers of the log may go that far.
  int64_t last_event_seq() const { return last_event_seq_; }
  // A drain was asked for, and nothing runs any more.
  bool drained() const { return worker_.drained(); }

 private:
  struct Answer {
    ReplyFn reply;
    Result<Reply> result;
  };
  // Answers and what to carry out, held until the commit.
  struct Work {
    const Settings settings;  // of this turn
    Turn turn;
    std::optional<Settings> next_settings;
    std::vector<Answer> answers;
    std::vector<ReplyFn> snapshots;
    std::vector<ReplyFn> checkpoints;
  };

  Turn BeginTurn();
  Result<void> RunTransaction(Work& work, std::vector<Envelope>& commands,
                              const std::vector<SupervisorReport>& reports);
  Result<void> ApplyReport(Turn& turn, const SupervisorReport& report);
  Result<void> ApplyCommands(Work& work, std::vector<Envelope>& commands);
  // Calls `apply` inside a savepoint: what is refused leaves no trace but what was recorded of a
  // refused approval. Fails where the turn is void.
  template <typename T, typename Apply>
  Result<void> Try(Turn& turn, const Actor& actor, Apply apply, Result<T>& result);
  Result<void> ApplyBatch(Turn& turn, const SubmitBatch& batch, const Actor& actor,
                          Result<Reply>& result);
  Result<Reply> ApplyCommand(Work& work, const Envelope& envelope);
  Result<bool> ApplyDueTimers(Turn& turn);
  // `dead_letters` is when the dead-letter queue is to be looked at.
  Result<void> FindNextDue(Turn& turn, std::optional<Time> dead_letters);
  Result<Reply> Reset(Turn& turn, const Actor& actor, const std::string& entrypoint);

  void AdoptNext(Work& work);
  void Checkpoint(Work& work);
  void BeginHistory();
  Result<void> LoadKept();

  bool Recover();
  void EnterFault(const Error& error);
  void CarryOut(Work& work);
  void AnswerFault(std::vector<Envelope>& commands, Work& work);
  bool IsClaiming() const;
  std::optional<Duration> UntilNextDeadline(Time now);
  EngineSnapshot Snapshot(Time now);

  EngineWorld world_;
  Settings settings_;
  Timekeeper timekeeper_;
  UlidFactory ids_;
  Figures figures_;
  ApprovalFigures approvals_;
  Discipline discipline_;
  std::string hmac_key_;
  std::string incarnation_;  // of the connected supervisor; "" = none
  WorkerSwitch worker_;
  std::optional<std::string> fault_;
  Duration retry_fault_at_{};  // monotonic
  Time next_key_sweep_;
  // A delay's end, an expiry, a warning or the end of a dead letter's retention, as of the last
  // turn; before the first one, and after a fault, all that is due has to be looked for.
  std::optional<Time> next_due_ = Time{};
  int64_t last_event_seq_ = 0;
};

}  // namespace jobgate
