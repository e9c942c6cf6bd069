#include "src/supervisor/live_attempt.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>

#include "src/base/redactor.h"
#include "src/seal/seal_plan.h"
#include "src/supervisor/text.h"

namespace jobgate {
namespace {

using std::chrono::milliseconds;

constexpr size_t kProgressLineBytes = 200;
constexpr size_t kSealFailureBytes = 2000;
constexpr size_t kProgressTailBytes = 4096;
constexpr milliseconds kProgressInterval{500};
constexpr milliseconds kProgressWatchAfter{50};  // short jobs never pay for a watch
constexpr milliseconds kSweepInterval{10};
constexpr milliseconds kSweepPatience{10'000};

std::optional<Duration> Earlier(std::optional<Duration> a, std::optional<Duration> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Result<std::unique_ptr<LiveAttempt>> LiveAttempt::Start(PreparedAttempt prepared, uint64_t serial,
                                                        Duration now, ProcessTrees& trees) {
  JOBGATE_TRY(prepared.Start());
  std::unique_ptr<LiveAttempt> attempt(new LiveAttempt(std::move(prepared), serial, now, trees));
  trees.AddLeader(attempt->pid(), attempt->id());
  return attempt;
}

LiveAttempt::LiveAttempt(PreparedAttempt prepared, uint64_t serial, Duration now,
                         ProcessTrees& trees)
    : id_(prepared.request().id),
      serial_(serial),
      started_at_(now),
      kill_grace_(prepared.request().kill_grace),
      redact_(prepared.request().redact),
      seal_(prepared.request().seal),
      trees_(trees),
      dir_(prepared.TakeDir()),
      out_(prepared.TakeOut()),
      err_(prepared.TakeErr()),
      child_(prepared.TakeChild()),
      progress_due_(now) {
  const Duration timeout = prepared.request().timeout;
  if (timeout > Duration::zero()) timeout_at_ = now + timeout;
}

void LiveAttempt::Stop(Duration now, Duration grace) {
  if (has_ended() || stopping_ == Stopping::kKill || HasExited()) return;
  if (stopping_ == Stopping::kTerm) {
    kill_at_ = Earlier(kill_at_, now + grace);
    return;
  }
  SendTerm(now, grace);
}

// CONT lets a stopped process act on the TERM.
void LiveAttempt::SendTerm(Duration now, Duration grace) {
  stopping_ = Stopping::kTerm;
  timeout_at_.reset();
  kill_at_ = now + grace;
  trees_.Signal(child_.pid(), SIGTERM);
  trees_.Signal(child_.pid(), SIGCONT);
}

bool LiveAttempt::HasExited() const {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child_.pid()), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child_.pid();
}

void LiveAttempt::Tick(Duration now) {
  if (has_ended()) {
    if (!over_) Sweep(now);
    return;
  }
  if (timeout_at_ && now >= *timeout_at_ && !HasExited()) {
    timed_out_ = true;
    SendTerm(now, kill_grace_);
  }
  if (kill_at_ && now >= *kill_at_) {
    Kill();
  }
}

void LiveAttempt::Kill() {
  kill_at_.reset();
  stopping_ = Stopping::kKill;
  trees_.Signal(child_.pid(), SIGKILL);
}

std::optional<Duration> LiveAttempt::NextDeadline() const {
  if (has_ended()) return over_ ? std::nullopt : sweep_at_;
  std::optional<Duration> next = Earlier(timeout_at_, kill_at_);
  if (!progress_watched_) next = Earlier(next, started_at_ + kProgressWatchAfter);
  if (progress_changed_) next = Earlier(next, progress_due_);
  return next;
}

void LiveAttempt::OnExit(Duration now) {
  if (has_ended()) return;
  ended_at_ = now;
  trees_.MarkEnded(child_.pid());
  Sweep(now);
}

// A killed process in uninterruptible sleep runs no more code of its own, so that waiting for it
// may be given up.
void LiveAttempt::Sweep(Duration now) {
  const Remains remains = trees_.KillRemains(child_.pid());
  if (remains == Remains::kAlive) dying_since_ = now;
  all_dead_ = remains == Remains::kNone;
  over_ = all_dead_ || now >= dying_since_ + kSweepPatience;
  sweep_at_ = now + kSweepInterval;
}

ExitRecord LiveAttempt::TakeRecord() {
  ExitRecord record;
  record.id = id_;
  record.runtime = *ended_at_ - started_at_;
  record.status = StatusFrom(trees_.ReapLeader(child_.pid(), record.usage));
  out_.Drain();
  err_.Drain();
  record.stdout_sha256 = out_.Sha256();
  if (auto why = child_.WhyNothingRan()) record.status = SpawnFailed{*std::move(why)};
  if (dir_.HoldsOnlyParams()) return record;
  if (auto why = WhyNotSealed(record.status)) record.status = SpawnFailed{*std::move(why)};
  record.result = ReadJsonFile(kResultFile);
  record.request = ReadJsonFile(kRequestFile);
  record.progress = ReadProgress();
  return record;
}

std::optional<RunDir> LiveAttempt::TakeDir() {
  if (!all_dead_) return std::nullopt;
  return std::move(dir_);
}

std::optional<std::string> LiveAttempt::WhyNotSealed(const ExitStatus& status) const {
  const auto* exit = std::get_if<Exited>(&status);
  if (!seal_ || !exit || exit->code == 0) return std::nullopt;
  auto why = dir_.Read(kSealFailureFile);
  if (why) why = LastLine(*why, kSealFailureBytes);
  return why;
}

ExitStatus LiveAttempt::StatusFrom(int wait_status) const {
  const int last_sent = stopping_ == Stopping::kKill ? SIGKILL : SIGTERM;
  const int signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
  if (timed_out_) return TimedOut{signal != 0 ? signal : last_sent};
  if (signal != 0) return Signaled{signal};
  return Exited{WEXITSTATUS(wait_status)};
}

bool LiveAttempt::WantsProgressWatch(Duration now) {
  if (progress_watched_ || has_ended() || now < started_at_ + kProgressWatchAfter) return false;
  progress_watched_ = true;
  progress_changed_ = true;
  return true;
}

void LiveAttempt::PostponeProgress(Duration now) {
  progress_due_ = now + kProgressInterval;
}

std::optional<std::string> LiveAttempt::DueProgress(Duration now) {
  if (!progress_changed_ || has_ended() || now < progress_due_) return std::nullopt;
  progress_changed_ = false;
  std::optional<std::string> line = ReadProgress();
  if (!line || *line == progress_told_) return std::nullopt;
  progress_told_ = *line;
  progress_due_ = now + kProgressInterval;
  return line;
}

// A file over the bound is not kept, and must not shrink below the bound.
std::optional<std::string> LiveAttempt::ReadJsonFile(const char* name) const {
  std::optional<std::string> text = dir_.Read(name);
  if (text && text->size() <= RunDir::kFileBytesMax) *text = RedactedJson(*text, redact_);
  return text;
}

// The tail may begin in the middle of a secret, which is not known as one then.
std::optional<std::string> LiveAttempt::ReadProgress() const {
  size_t secret_bytes_max = 0;
  for (const std::string& value : redact_)
    secret_bytes_max = std::max(secret_bytes_max, value.size());
  const size_t bytes_max = kProgressTailBytes + secret_bytes_max;
  const auto tail = dir_.ReadEnd(kProgressFile, bytes_max);
  if (!tail) return std::nullopt;
  std::string shown = Redacted(*tail, redact_);
  if (tail->size() == bytes_max) shown.erase(0, secret_bytes_max);
  std::string line = LastLine(shown, kProgressLineBytes);
  if (line.empty()) return std::nullopt;
  return line;
}

}  // namespace jobgate
