#include "src/supervisor/supervisor.h"

#include <sched.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "src/base/overload.h"

namespace jobgate {
namespace {

constexpr Duration kAcknowledgePatience{5'000};
constexpr size_t kProgressBacklogBytes = 1u << 20;
constexpr size_t kForgottenMax = 4096;
// A start is in the store before it is asked for: nobody waits for hearing that it came to pass.
constexpr Duration kStartedToldWithin{20};
constexpr int kLooksForStart = 500;  // about half a millisecond

}  // namespace

Supervisor::Supervisor(UniqueFd socket_dir, UniqueFd first_connection, UniqueFd signals,
                       std::string incarnation, const Clock& clock)
    : clock_(clock),
      incarnation_(std::move(incarnation)),
      signals_(std::move(signals)),
      note_(socket_dir.get()),
      sealed_(socket_dir.get()),
      link_(poller_, std::move(socket_dir), std::move(first_connection)),
      spares_(clock),
      now_(clock.Monotonic()) {
  poller_.Watch(signals_.get(), Source::kSignals);
  if (progress_.fd() >= 0) poller_.Watch(progress_.fd(), Source::kFileEvents);
}

void Supervisor::Run() {
  while (!MayLeave()) {
    const std::vector<Ready> ready = WaitForEvents();
    now_ = clock_.Monotonic();
    for (const Ready& one : ready) Handle(one);
    if (!link_.HasDaemon()) prepared_.clear();
    OnExits();
    for (auto next = attempts_.begin(); next != attempts_.end();) Tick(*(next++)->second);
    HuntLeftovers();
    link_.Flush(now_);
    ClearUp();
    sealed_.Work();
    if (ready.empty()) spares_.Refill(now_);
    if (stopping_ && attempts_.empty() && !leave_at_) leave_at_ = now_ + kAcknowledgePatience;
  }
  Leave();
}

// A start follows its preparation within a sync of the daemon's. On an idle machine waking up for
// it would take as long as a fifth of that; whoever else wants the processor gets it at each look.
std::vector<Ready> Supervisor::WaitForEvents() {
  if (!prepared_.empty() && attempts_.empty())
    for (int looks = 0; looks < kLooksForStart; ++looks) {
      std::vector<Ready> ready = poller_.Wait(Duration::zero());
      if (!ready.empty()) return ready;
      sched_yield();
    }
  return poller_.Wait(TimeToNextDeadline());
}

// Written while the socket is still ours, so that whoever starts next finds it.
void Supervisor::Leave() {
  if (attempts_.empty() && ended_.empty() && link_.OwnsSocket()) note_.Write(incarnation_);
}

bool Supervisor::MayLeave() const {
  if (!attempts_.empty()) return false;
  if (leave_at_) return ended_.empty() || !link_.HasDaemon() || now_ >= *leave_at_;
  return ended_.empty() && !link_.HasConnections() && !sealed_.HasWork();
}

std::optional<Duration> Supervisor::TimeToNextDeadline() const {
  std::optional<Duration> next;
  const auto consider = [&](Duration deadline) {
    next = next ? std::min(*next, deadline) : deadline;
  };
  for (const auto& [id, attempt] : attempts_) {
    if (const auto deadline = attempt->NextDeadline()) consider(*deadline);
  }
  for (const Leftovers& leftovers : leftovers_) consider(leftovers.next_round());
  if (leave_at_) consider(*leave_at_);
  if (sealed_.HasWork()) consider(now_);
  if (const auto flush = link_.FlushAt()) consider(*flush);
  if (const auto refill = spares_.RefillAt()) consider(*refill);
  if (!next) return std::nullopt;
  return std::max(*next - clock_.Monotonic(), Duration::zero());
}

void Supervisor::Handle(const Ready& ready) {
  switch (ready.source) {
    case Source::kSignals:
      return OnSignals();
    case Source::kListener:
      return link_.OnListenerReady();
    case Source::kConnection:
      for (const wire::Order& order : link_.OnReady(ready.serial)) Obey(order);
      return;
    case Source::kFileEvents:
      for (const uint64_t serial : progress_.TakeChanged()) {
        if (LiveAttempt* changed = FindRunning(serial)) changed->MarkProgress();
      }
      return;
    case Source::kExit:
      return exited_.push_back(ready.serial);
    case Source::kStdout:
      if (LiveAttempt* attempt = FindRunning(ready.serial)) attempt->out().Pump();
      return;
    case Source::kStderr:
      if (LiveAttempt* attempt = FindRunning(ready.serial)) attempt->err().Pump();
      return;
  }
}

void Supervisor::OnSignals() {
  signalfd_siginfo info;
  while (read(signals_.get(), &info, sizeof info) == sizeof info) {
    child_signal_ |= info.ssi_signo == SIGCHLD;
    if (info.ssi_signo != SIGTERM || stopping_) continue;
    stopping_ = true;
    for (const auto& [id, attempt] : attempts_) attempt->StopAsSpawned(now_);
  }
}

// Orphans that end are reaped with the exits, or here where there is none.
void Supervisor::OnExits() {
  for (const uint64_t serial : exited_) {
    LiveAttempt* attempt = FindRunning(serial);
    if (attempt == nullptr) continue;
    poller_.Forget(attempt->pidfd());
    attempt->OnExit(now_);
  }
  if (std::exchange(child_signal_, false) && exited_.empty()) trees_.Refresh();
  exited_.clear();
}

void Supervisor::Tick(LiveAttempt& attempt) {
  const auto deadline = attempt.NextDeadline();
  const bool due = deadline && now_ >= *deadline;
  if (due || attempt.has_ended()) attempt.Tick(now_);
  if (attempt.WantsProgressWatch(now_)) progress_.Add(attempt.serial(), attempt.dir());
  if (due && link_.QueuedBytes() > kProgressBacklogBytes) attempt.PostponeProgress(now_);
  if (due) {
    if (auto line = attempt.DueProgress(now_))
      link_.Send(AttemptProgress{attempt.id(), *std::move(line)});
  }
  if (attempt.IsOver()) Finish(attempt);
}

void Supervisor::Obey(const wire::Order& order) {
  std::visit(Overload{
                 [&](const wire::Hello&) { Welcome(); },
                 [&](const wire::Resync&) { Welcome(); },
                 [&](const SpawnRequest& request) { Spawn(request); },
                 [&](const wire::PrepareAttempt& prepare) { Prepare(prepare.request); },
                 [&](const wire::StartPrepared& start) { StartPrepared(start.id); },
                 [&](const wire::StopAttempt& stop) {
                   const auto found = attempts_.find(stop.id);
                   if (found != attempts_.end()) found->second->Stop(now_, stop.grace);
                 },
                 [&](const wire::AcknowledgeAttempt& ack) { Forget(ack.id); },
                 [&](const wire::KillLeftoversOf& kill) { KillLeftovers(kill.ids); },
             },
             order);
}

void Supervisor::Tell(const Kept& kept) {
  ExitRecord record = kept.record;
  record.since_end = now_ - kept.ended_at;
  link_.Send(record);
}

void Supervisor::Welcome() {
  prepared_.clear();
  wire::Welcome welcome;
  welcome.incarnation = incarnation_;
  welcome.pid = getpid();
  for (const auto& [id, attempt] : attempts_) welcome.running.push_back(id);
  welcome.ended_count = static_cast<int>(ended_.size());
  welcome.left = note_.left();
  link_.Send(welcome);
  for (const Kept& kept : ended_) Tell(kept);
}

// Its id is remembered a while longer: an attempt that is asked for once more does not run twice.
void Supervisor::Forget(const AttemptId& id) {
  if (std::erase_if(ended_, [&](const Kept& kept) { return kept.record.id == id; }) == 0) return;
  if (!forgotten_.insert(id).second) return;
  forgotten_in_order_.push_back(id);
  if (forgotten_in_order_.size() <= kForgottenMax) return;
  forgotten_.erase(forgotten_in_order_.front());
  forgotten_in_order_.pop_front();
}

void Supervisor::Prepare(const SpawnRequest& request) {
  const AttemptId& id = request.id;
  if (prepared_.size() < kAttemptsMax && !prepared_.contains(id) && !attempts_.contains(id))
    prepared_.emplace(id, PreparedAttempt::Make(request, spares_, starter_, trees_));
}

void Supervisor::StartPrepared(const AttemptId& id) {
  auto prepared = prepared_.extract(id);
  if (!IsToStart(id)) return;
  if (prepared) return Start(id, std::move(prepared.mapped()));
  KeepFailure(id, "more attempts were to be started at once than are possible");
}

void Supervisor::Spawn(const SpawnRequest& request) {
  prepared_.erase(request.id);
  if (IsToStart(request.id))
    Start(request.id, PreparedAttempt::Make(request, spares_, starter_, trees_));
}

// An attempt that is known is never started again: what is known of it is told again.
bool Supervisor::IsToStart(const AttemptId& id) {
  const auto running = attempts_.find(id);
  if (running != attempts_.end())
    link_.Send(AttemptStarted{id, running->second->pid()});
  else if (const Kept* kept = FindEnded(id))
    Tell(*kept);
  else if (forgotten_.contains(id))
    KeepFailure(id, "this attempt was started before");
  else if (stopping_)
    KeepFailure(id, "the supervisor is being stopped");
  else if (attempts_.size() >= kAttemptsMax)
    KeepFailure(id, "too many attempts run at once");
  else
    return true;
  return false;
}

void Supervisor::Start(const AttemptId& id, Result<PreparedAttempt> prepared) {
  if (!prepared) return KeepFailure(id, std::move(prepared).error().message);
  if (!note_.Withdraw())
    return KeepFailure(id, std::string(kLeavingNoteFile) + " cannot be removed beside the store");
  auto attempt = LiveAttempt::Start(*std::move(prepared), ++last_serial_, now_, trees_);
  if (!attempt) return KeepFailure(id, std::move(attempt).error().message);
  LiveAttempt& started = **attempt;
  by_serial_[started.serial()] = &started;
  attempts_[id] = *std::move(attempt);
  link_.SendBy(now_ + kStartedToldWithin, AttemptStarted{id, started.pid()});
  if (Watch(started)) return;
  started.Kill();
  exited_.push_back(started.serial());  // the exit is near, and nothing would tell it
}

bool Supervisor::Watch(LiveAttempt& attempt) {
  return poller_.Watch(attempt.pidfd(), Source::kExit, attempt.serial()) &&
         poller_.Watch(attempt.out().read_fd(), Source::kStdout, attempt.serial()) &&
         poller_.Watch(attempt.err().read_fd(), Source::kStderr, attempt.serial());
}

void Supervisor::Finish(LiveAttempt& attempt) {
  Kept kept{attempt.TakeRecord(), attempt.ended_at()};
  by_serial_.erase(attempt.serial());
  over_.push_back(std::move(attempts_.extract(kept.record.id).mapped()));
  Keep(std::move(kept));
}

// After the daemon was told: it has the next job to find meanwhile.
void Supervisor::ClearUp() {
  for (const auto& attempt : over_) {
    progress_.Remove(attempt->serial());
    poller_.Forget(attempt->out().read_fd());
    poller_.Forget(attempt->err().read_fd());
    if (attempt->seal()) sealed_.Remove(*attempt->seal());
    if (auto dir = attempt->TakeDir()) spares_.TakeBack(*std::move(dir));
  }
  over_.clear();
}

void Supervisor::KeepFailure(const AttemptId& id, std::string why) {
  Kept kept;
  kept.record.id = id;
  kept.record.status = SpawnFailed{std::move(why)};
  kept.ended_at = now_;
  Keep(std::move(kept));
}

void Supervisor::Keep(Kept kept) {
  Tell(kept);
  ended_.push_back(std::move(kept));
}

// Attempts of this incarnation are no leftovers, whatever the daemon believes.
void Supervisor::KillLeftovers(const std::vector<AttemptId>& ids) {
  std::vector<AttemptId> foreign = ids;
  std::erase_if(foreign, [&](const AttemptId& id) { return attempts_.contains(id); });
  leftovers_.emplace_back(std::move(foreign), std::set<pid_t>{getpid(), link_.daemon_pid()}, now_);
}

void Supervisor::HuntLeftovers() {
  std::erase_if(leftovers_, [&](Leftovers& leftovers) {
    if (now_ < leftovers.next_round() || !leftovers.KillRound(now_)) return false;
    link_.Send(LeftoversKilled{leftovers.ids()});
    sealed_.Sweep();
    return true;
  });
}

const Supervisor::Kept* Supervisor::FindEnded(const AttemptId& id) const {
  const auto found = std::find_if(ended_.begin(), ended_.end(),
                                  [&](const Kept& kept) { return kept.record.id == id; });
  return found == ended_.end() ? nullptr : &*found;
}

LiveAttempt* Supervisor::FindRunning(uint64_t serial) const {
  const auto found = by_serial_.find(serial);
  return found == by_serial_.end() ? nullptr : found->second;
}

}  // namespace jobgate
