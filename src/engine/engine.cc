#include "src/engine/engine.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <variant>

#include "approvals/correspondence.h"
#include "approvals/desk.h"
#include "approvals/watch_desk.h"
#include "src/base/overload.h"
#include "src/engine/admission.h"
#include "src/engine/dead_letters.h"
#include "src/engine/job_commands.h"
#include "src/engine/operations.h"
#include "src/engine/reconfiguration.h"
#include "src/worker/claims.h"
#include "src/worker/endings.h"
#include "src/worker/recovery.h"
#include "src/worker/rehearsal.h"
#include "store/setting_names.h"

namespace jobgate {
namespace {

constexpr Duration kFaultRetry = std::chrono::seconds(1);
constexpr Duration kFirstKeySweep = std::chrono::minutes(5);
constexpr Duration kKeySweep = std::chrono::hours(1);
constexpr int kKeysDropped = 1000;  // a call of the store; as many mean that there may be more
constexpr int kRecentOutcomes = 100;
constexpr int kRunningShown = 1000;
constexpr std::string_view kKeySetting = "digest.key";

// A failure of the environment, after which the whole turn is void.
bool EndsTurn(const Error& error) {
  return error.code == Code::kStoreFault;
}

template <typename T>
T OrThrow(Result<T> result, const char* what) {
  if (!result) throw std::runtime_error(std::string(what) + ": " + result.error().message);
  return *std::move(result);
}

std::optional<Time> Earlier(std::optional<Time> a, std::optional<Time> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

Time LatestEventTime(Store& store) {
  const int64_t last = OrThrow(store.LastEventSeq(), "cannot read the event log");
  if (last == 0) return Time{};
  EventFilter filter;
  filter.after_seq = last - 1;
  auto events = OrThrow(store.Events(filter), "cannot read the event log");
  return events.empty() ? Time{} : events.back().at;
}

// Those before it are from before there was a chain; one more than the last where none is chained.
int64_t FirstChained(Store& store) {
  int64_t first = 1, end = OrThrow(store.LastEventSeq(), "cannot read the event log") + 1;
  while (first < end) {
    const int64_t middle = first + (end - first) / 2;
    const auto events =
        OrThrow(store.Events({middle - 1, std::nullopt, 1}), "cannot read the event log");
    if (events.empty() || !events.front().chain.empty())
      end = middle;
    else
      first = middle + 1;
  }
  return first;
}

}  // namespace

Engine::Engine(EngineWorld world, Settings settings)
    : world_(world),
      settings_(std::move(settings)),
      timekeeper_(world.clock, LatestEventTime(world.store)),
      ids_(world.random),
      // Not at once: a clock that is wrong at the start would forget keys too early.
      next_key_sweep_(timekeeper_.Read() + kFirstKeySweep) {
  Store& store = world_.store;
  figures_.Seed(OrThrow(store.LastOutcomes(kRecentOutcomes), "cannot read the attempts"));
  last_event_seq_ = OrThrow(store.LastEventSeq(), "cannot read the event log");
  if (auto loaded = LoadKept(); !loaded)
    throw std::runtime_error("cannot read the store: " + loaded.error().message);
  BeginHistory();
}

// What outlives the daemon but is no job.
Result<void> Engine::LoadKept() {
  JOBGATE_TRY(worker_.Load(world_.store, timekeeper_.Read(), world_.clock.Monotonic()));
  JOBGATE_TRY(discipline_.Load(world_.store));
  return approvals_.Load(world_.store);
}

// What a first start, or one with other settings, has to write before anything else.
void Engine::BeginHistory() {
  Store& store = world_.store;
  const auto known = OrThrow(store.GetSetting(kKeySetting), "cannot read the settings");
  hmac_key_ = known ? *known : RandomHex(world_.random, 4);
  const auto chain = OrThrow(store.GetSetting(kChainBeginsSetting), "cannot read the settings");
  const std::string chain_begins = chain ? *chain : std::to_string(FirstChained(store));
  Turn turn = BeginTurn();
  const auto written = [&]() -> Result<void> {
    JOBGATE_TRY(store.Begin());
    if (!known) JOBGATE_TRY(store.PutSetting(kKeySetting, hmac_key_));
    if (!chain) JOBGATE_TRY(store.PutSetting(kChainBeginsSetting, chain_begins));
    auto reconfigured = ReconfigureAtStart(turn);
    if (!reconfigured) return Fail(std::move(reconfigured).error());
    if (known && chain && !*reconfigured) {
      store.Rollback();
      return {};
    }
    return store.Commit();
  }();
  if (!written) throw std::runtime_error("cannot write the store: " + written.error().message);
  last_event_seq_ += static_cast<int64_t>(turn.effects.events.size());
  figures_.Count(turn.effects, turn.now);
  if (!turn.effects.events.empty()) world_.observer.Committed(turn.effects.events);
}

std::optional<Duration> Engine::RunTurn(std::vector<Envelope> commands,
                                        const std::vector<SupervisorReport>& reports) {
  Work work{settings_, BeginTurn(), {}, {}, {}, {}};
  if (fault_ && !Recover()) {
    AnswerFault(commands, work);
    CarryOut(work);
    return UntilNextDeadline(work.turn.now);
  }
  work.turn.incarnation = incarnation_;
  const WorkerSwitch worker = worker_;
  if (auto done = RunTransaction(work, commands, reports); !done) {
    worker_ = worker;
    EnterFault(done.error());
    AnswerFault(commands, work);
  }
  AdoptNext(work);
  CarryOut(work);
  Checkpoint(work);
  return UntilNextDeadline(work.turn.now);
}

// After everything else: its turn is durable whatever comes of it.
void Engine::Checkpoint(Work& work) {
  if (work.checkpoints.empty()) return;
  const auto done = world_.store.Checkpoint();
  if (!done && EndsTurn(done.error())) EnterFault(done.error());
  for (const ReplyFn& reply : work.checkpoints)
    reply(done ? Result<Reply>(EngineSnapshot{}) : Fail(done.error()));
}

// The next turn is due at once: there may be more to claim, or other things to wait for.
void Engine::AdoptNext(Work& work) {
  if (!work.next_settings || fault_) return;
  settings_ = *std::move(work.next_settings);
  next_due_ = work.turn.now;
}

Turn Engine::BeginTurn() {
  return Turn{world_.store,
              *settings_.config,
              *settings_.secrets,
              world_.user,
              world_.files,
              world_.repositories,
              world_.random,
              ids_,
              discipline_,
              timekeeper_.Read(),
              world_.clock.Monotonic(),
              hmac_key_,
              incarnation_,
              {},
              {}};
}

Result<void> Engine::RunTransaction(Work& work, std::vector<Envelope>& commands,
                                    const std::vector<SupervisorReport>& reports) {
  Turn& turn = work.turn;
  JOBGATE_TRY(turn.store.Begin());
  auto counts = turn.store.Totals();
  if (!counts) return Fail(std::move(counts).error());
  turn.counts = *counts;
  JOBGATE_TRY(discipline_.Follow(turn));
  for (const SupervisorReport& report : reports) JOBGATE_TRY(ApplyReport(turn, report));
  // Next steps that began dry: no command finds them running.
  if (auto ended = EndRehearsals(turn); !ended) return Fail(std::move(ended).error());
  JOBGATE_TRY(ApplyCommands(work, commands));
  auto more_due = ApplyDueTimers(turn);
  if (!more_due) return Fail(std::move(more_due).error());
  auto more = IsClaiming() && !work.next_settings ? ClaimReady(turn) : Result<bool>(false);
  if (!more) return Fail(std::move(more).error());
  auto rehearsed = EndRehearsals(turn);
  if (!rehearsed) return Fail(std::move(rehearsed).error());
  JOBGATE_TRY(discipline_.Keep(turn));
  auto dead_letters = BoundDeadLetters(turn);
  if (!dead_letters) return Fail(std::move(dead_letters).error());
  JOBGATE_TRY(WriteToIssues(turn));
  JOBGATE_TRY(FindNextDue(turn, *dead_letters));
  // What else is ready or due comes in the next turn; the slots of a dry run are free again for it.
  if (*more || *more_due || *rehearsed) next_due_ = turn.now;
  for (const SpawnRequest& request : turn.effects.spawns) world_.spawner.Prepare(request);
  JOBGATE_TRY(approvals_.Keep(turn));
  JOBGATE_TRY(turn.store.Commit());
  approvals_.Committed(turn.effects);
  return {};
}

Result<void> Engine::FindNextDue(Turn& turn, std::optional<Time> dead_letters) {
  const auto any = [&](JobState state) { return turn.counts.Of(state) > 0; };
  auto ready = IsClaiming() && any(JobState::kQueued) ? turn.store.NextReadyAt(turn.now)
                                                      : std::optional<Time>();
  if (!ready) return Fail(std::move(ready).error());
  auto approval = any(JobState::kWaitingApproval) ? turn.store.NextExpiryOrWarning(turn.now)
                                                  : std::optional<Time>();
  if (!approval) return Fail(std::move(approval).error());
  next_due_ = Earlier(Earlier(*ready, *approval),
                      Earlier(dead_letters, discipline_.breakers.NextDue(turn)));
  return {};
}

// Before a supervisor has told all it knows, a single report is ignored: it is told again with
// the rest, and nothing must start under a supervisor that may be another one by now.
Result<void> Engine::ApplyReport(Turn& turn, const SupervisorReport& report) {
  if (turn.incarnation.empty() && !std::holds_alternative<SupervisorConnected>(report)) return {};
  return std::visit(
      Overload{[&](const SupervisorConnected& connected) -> Result<void> {
                 turn.effects.DropOrders();
                 incarnation_ = turn.incarnation = connected.incarnation;
                 return ApplyConnected(turn, connected);
               },
               [&](const SupervisorLost&) -> Result<void> {
                 turn.effects.DropOrders();
                 incarnation_.clear();
                 turn.incarnation.clear();
                 return {};
               },
               [&](const AttemptStarted&) -> Result<void> { return {}; },
               [&](const AttemptProgress& progress) { return ApplyProgress(turn, progress); },
               [&](const ExitRecord& record) { return ApplyExit(turn, record); },
               [&](const LeftoversKilled& killed) { return ApplyLeftoversKilled(turn, killed); }},
      report);
}

Result<void> Engine::ApplyCommands(Work& work, std::vector<Envelope>& commands) {
  Turn& turn = work.turn;
  work.answers.reserve(commands.size());
  for (Envelope& envelope : commands) {
    if (std::holds_alternative<CheckpointStore>(envelope.command)) {
      work.checkpoints.push_back(std::exchange(envelope.reply, nullptr));
      continue;
    }
    if (std::holds_alternative<TakeSnapshot>(envelope.command)) {
      work.snapshots.push_back(std::exchange(envelope.reply, nullptr));
      continue;
    }
    Result<Reply> result = Fail(Code::kInternal, "no answer");
    if (const auto* batch = std::get_if<SubmitBatch>(&envelope.command))
      JOBGATE_TRY(ApplyBatch(turn, *batch, envelope.actor, result));
    else
      JOBGATE_TRY(Try(
          turn, envelope.actor, [&] { return ApplyCommand(work, envelope); }, result));
    work.answers.push_back({std::exchange(envelope.reply, nullptr), std::move(result)});
  }
  return {};
}

template <typename T, typename Apply>
Result<void> Engine::Try(Turn& turn, const Actor& actor, Apply apply, Result<T>& result) {
  JOBGATE_TRY(discipline_.backpressure.Follow(turn));
  JOBGATE_TRY(turn.store.Savepoint());
  const Effects::Mark mark = turn.effects.Here();
  const StateTotals counts = turn.counts;
  result = apply();
  if (!result && EndsTurn(result.error())) return Fail(result.error());
  // A refused approval keeps its record in the log; every other refusal leaves no trace.
  const bool keep = result || result.error().code == Code::kForbidden;
  if (keep) {
    JOBGATE_TRY(turn.store.Release());
  } else {
    JOBGATE_TRY(turn.store.RollbackToSavepoint());
    turn.effects.BackTo(mark);
    turn.counts = counts;
  }
  if (!result) world_.observer.Refused(actor, result.error());
  return {};
}

Result<void> Engine::ApplyBatch(Turn& turn, const SubmitBatch& batch, const Actor& actor,
                                Result<Reply>& result) {
  BatchReply reply;
  for (const Result<SubmitJob>& item : batch.items) {
    Result<SubmitReply> one = Fail(item ? Error{} : item.error());
    if (item)
      JOBGATE_TRY(Try(
          turn, actor, [&] { return SubmitOne(turn, *item, actor); }, one));
    else
      world_.observer.Refused(actor, item.error());
    reply.results.push_back(std::move(one));
  }
  result = Reply(std::move(reply));
  return {};
}

Result<Reply> Engine::ApplyCommand(Work& work, const Envelope& envelope) {
  Turn& turn = work.turn;
  const Actor& actor = envelope.actor;
  return std::visit(
      Overload{[&](const auto& c) { return Apply(turn, c, actor); },
               [&](const SubmitBatch&) -> Result<Reply> {
                 return Fail(Code::kInternal, "a batch is applied item by item");
               },
               [&](const StartWorker&) -> Result<Reply> {
                 JOBGATE_TRY(worker_.Start(turn, actor));
                 return Reply(EngineSnapshot{});
               },
               [&](const StopWorker& c) -> Result<Reply> {
                 JOBGATE_TRY(worker_.Stop(turn, actor, c.drain));
                 return Reply(EngineSnapshot{});
               },
               [&](const ResetBreaker& c) { return Reset(turn, actor, c.entrypoint); },
               [&](const SetIntake& c) -> Result<Reply> {
                 JOBGATE_TRY(discipline_.intake.Change(turn, c.change, actor));
                 return Reply(EngineSnapshot{});
               },
               [&](const AdoptSettings& c) -> Result<Reply> {
                 JOBGATE_TRY(Reconfigure(turn, c, actor));
                 work.next_settings = c.settings;
                 return Reply(EngineSnapshot{});
               },
               [&](const RejectSettings& c) -> Result<Reply> {
                 JOBGATE_TRY(RecordRejection(turn, c, actor));
                 return Reply(EngineSnapshot{});
               },
               [&](const TakeObservations& c) -> Result<Reply> {
                 JOBGATE_TRY(HearOfIssues(turn, c));
                 return Reply(ApprovalWork{});
               },
               [&](const TakeApprovalWork& c) -> Result<Reply> {
                 auto work_there = FindApprovalWork(turn, c.without);
                 if (!work_there) return Fail(std::move(work_there).error());
                 return Reply(*std::move(work_there));
               },
               [&](const TakeDelivery& c) -> Result<Reply> {
                 JOBGATE_TRY(HearOfDelivery(turn, c.delivery));
                 return Reply(ApprovalWork{});
               },
               [&](const CheckpointStore&) -> Result<Reply> {
                 return Fail(Code::kInternal, "a checkpoint is made after the turn");
               },
               [&](const TakeSnapshot&) -> Result<Reply> {
                 return Fail(Code::kInternal, "a snapshot is taken after the turn");
               }},
      envelope.command);
}

Result<Reply> Engine::Reset(Turn& turn, const Actor& actor, const std::string& entrypoint) {
  if (!settings_.config->entrypoints.contains(entrypoint) &&
      !discipline_.breakers.all().contains(entrypoint))
    return Fail(Code::kNotFound,
                "no entrypoint '" + entrypoint + "' is declared in " + settings_.config->path);
  JOBGATE_TRY(discipline_.breakers.Reset(turn, entrypoint, actor));
  return Reply(EngineSnapshot{});
}

Result<bool> Engine::ApplyDueTimers(Turn& turn) {
  bool more = false;
  if (next_due_ && turn.now >= *next_due_) {
    auto expired = ExpireRequests(turn);
    if (!expired) return expired;
    auto warned = WarnOfExpiry(turn);
    if (!warned) return warned;
    more = *expired || *warned;
  }
  JOBGATE_TRY(worker_.DrainIfDue(turn));
  if (turn.now < next_key_sweep_) return more;
  auto dropped = turn.store.DropIdempotencyKeys(turn.now - kKeyLife);
  if (!dropped) return Fail(std::move(dropped).error());
  if (*dropped < kKeysDropped) next_key_sweep_ = turn.now + kKeySweep;
  return more;
}

bool Engine::IsClaiming() const {
  return settings_.config->worker.enabled && !worker_.stopped() && !fault_ && !incarnation_.empty();
}

void Engine::EnterFault(const Error& error) {
  world_.store.Rollback();
  if (!fault_) world_.observer.StoreFault(error);
  fault_ = error.message;
  incarnation_.clear();  // what was told in a void turn is unknown until it is told again
  retry_fault_at_ = world_.clock.Monotonic() + kFaultRetry;
  next_due_ = Time{};
}

// Opens the store again once that is due. What the supervisor told meanwhile is asked for anew.
bool Engine::Recover() {
  if (world_.clock.Monotonic() < retry_fault_at_) return false;
  if (auto reopened = world_.store.Reopen(); !reopened) {
    EnterFault(reopened.error());
    return false;
  }
  Turn turn = BeginTurn();
  const auto recorded = [&]() -> Result<void> {
    JOBGATE_TRY(turn.store.Begin());
    JOBGATE_TRY(turn.Record("store:fault", std::nullopt, std::nullopt, {{"reason", *fault_}}));
    JOBGATE_TRY(turn.Record("store:recovered", std::nullopt, std::nullopt));
    // A turn of unknown outcome may have left other settings there than are in use.
    if (auto same = ReconfigureAtStart(turn); !same) return Fail(std::move(same).error());
    return turn.store.Commit();
  }();
  if (!recorded) {
    EnterFault(recorded.error());
    return false;
  }
  figures_.Count(turn.effects, turn.now);
  if (auto last = world_.store.LastEventSeq()) last_event_seq_ = *last;
  if (auto loaded = LoadKept(); !loaded) {
    EnterFault(loaded.error());
    return false;
  }
  incarnation_.clear();  // until the supervisor has told all it knows
  fault_.reset();
  world_.spawner.Resync();
  return true;
}

// Nothing of the turn is acknowledged; what was asked for may or may not have been kept.
void Engine::AnswerFault(std::vector<Envelope>& commands, Work& work) {
  const Error error{Code::kStoreFault, *fault_, {}, std::chrono::seconds(2), {}};
  for (Answer& answer : work.answers) answer.result = Fail(error);
  for (ReplyFn& reply : std::exchange(work.checkpoints, {}))
    work.answers.push_back({std::move(reply), Fail(error)});
  for (Envelope& envelope : commands) {
    if (!envelope.reply) continue;
    if (std::holds_alternative<TakeSnapshot>(envelope.command))
      work.snapshots.push_back(std::move(envelope.reply));
    else
      work.answers.push_back({std::move(envelope.reply), Fail(error)});
  }
  work.turn.effects = {};
}

void Engine::CarryOut(Work& work) {
  const Effects& effects = work.turn.effects;
  figures_.Count(effects, work.turn.now);
  discipline_.drain_rate.Count(effects.claims, work.turn.now);
  last_event_seq_ += static_cast<int64_t>(effects.events.size());
  for (const SpawnRequest& request : effects.spawns) world_.spawner.Spawn(request);
  for (const Effects::Stop& stop : effects.stops) world_.spawner.Stop(stop.id, stop.grace);
  for (const AttemptId& id : effects.acknowledged) world_.spawner.Acknowledge(id);
  if (!effects.leftovers.empty()) world_.spawner.KillLeftovers(effects.leftovers);
  if (effects.look_at_issues && world_.approvals) world_.approvals->LookSoon();
  for (Answer& answer : work.answers) {
    if (answer.result && std::holds_alternative<EngineSnapshot>(*answer.result))
      answer.result = Reply(Snapshot(work.turn.now));
    answer.reply(std::move(answer.result));
  }
  if (!effects.events.empty()) world_.observer.Committed(effects.events);
  for (ReplyFn& reply : work.snapshots) reply(Reply(Snapshot(work.turn.now)));
}

std::optional<Duration> Engine::UntilNextDeadline(Time now) {
  const Duration monotonic = world_.clock.Monotonic();
  if (fault_) return std::max(Duration::zero(), retry_fault_at_ - monotonic);

  std::optional<Duration> until;
  const auto at_most = [&](Duration wait) {
    wait = std::max(Duration::zero(), wait);
    if (!until || wait < *until) until = wait;
  };
  if (next_due_) at_most(*next_due_ - now);
  if (const auto drain = worker_.DrainDueAt(*settings_.config)) at_most(*drain - monotonic);
  return until;
}

EngineSnapshot Engine::Snapshot(Time now) {
  EngineSnapshot snapshot;
  snapshot.taken_at = now;
  snapshot.uptime = timekeeper_.Uptime();
  snapshot.config = settings_.config;
  snapshot.store_fault = fault_;
  if (!fault_) {
    auto counts = world_.store.Counts(now + settings_.config->approval.expiry_warning);
    auto running = world_.store.JobsIn(JobState::kRunning, "", kRunningShown);
    auto by_entrypoint = world_.store.TotalsByEntrypoint();
    auto outbox = world_.store.CountOutbox();
    if (outbox) snapshot.outbox = *outbox;
    if (counts && running && by_entrypoint) {
      snapshot.counts = *std::move(counts);
      snapshot.by_entrypoint = *std::move(by_entrypoint);
      std::sort(running->begin(), running->end(),
                [](const Job& a, const Job& b) { return a.started_at < b.started_at; });
      for (const Job& job : *running) snapshot.running_jobs.push_back(job.id);
    } else {
      snapshot.store_fault = !counts    ? counts.error().message
                             : !running ? running.error().message
                                        : by_entrypoint.error().message;
    }
  }
  snapshot.backpressure = discipline_.backpressure.active();
  snapshot.backpressure_ends_at = Backpressure::EndsAt(*settings_.config);
  if (settings_.config->breaker.enabled) snapshot.breakers = discipline_.breakers.all();
  snapshot.intake = discipline_.intake.state();
  snapshot.claiming = IsClaiming();
  snapshot.enabled = settings_.config->worker.enabled;
  snapshot.stopped = worker_.stopped();
  snapshot.draining = worker_.draining();
  snapshot.supervisor_connected = !incarnation_.empty();
  snapshot.clock_jump = timekeeper_.Jump();
  figures_.WriteTo(snapshot);
  approvals_.WriteTo(snapshot);
  snapshot.last_looks = std::ssize(discipline_.observations.last_looks);
  return snapshot;
}

}  // namespace jobgate
