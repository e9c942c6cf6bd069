#include "src/loop/engine_loop.h"

#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <utility>
#include <variant>

#include "src/base/check.h"

namespace jobgate {
namespace {

constexpr size_t kCommandsPerTurn = 256;
// Upkeep comes after a turn, and a few times more at growing distances: part of it may have been
// under way on a thread of its own.
constexpr Duration kTidyAfter = std::chrono::milliseconds(5);
constexpr Duration kTidyAtMost = std::chrono::seconds(5);
constexpr int kTidyGrowth = 10;

// A start is in the store before it is asked for: hearing that it came to pass changes nothing.
bool SaysSomethingNew(const SupervisorReport& report) {
  return !std::holds_alternative<AttemptStarted>(report);
}

}  // namespace

EngineLoop::EngineLoop(Engine& engine, Mailbox& mailbox, BetweenTurns& between,
                       SupervisorClient& supervisor, int signals, std::function<void()> tidy,
                       std::function<void()> hangup)
    : engine_(engine),
      mailbox_(mailbox),
      between_(between),
      supervisor_(supervisor),
      signals_(signals),
      tidy_(std::move(tidy)),
      hangup_(std::move(hangup)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      due_at_(Duration::zero()) {
  JOBGATE_CHECK(epoll_, "epoll_create1");
  Watch(mailbox_.fd());
  Watch(between_.fd());
  Watch(supervisor_.fd());
  Watch(signals_);
}

void EngineLoop::Run() {
  while (!StopWasAsked() && !supervisor_.fenced()) {
    WaitForWork();
    Turn();
    between_.Go();
    TidyWhenIdle();
  }
  between_.Close();
  for (Envelope& envelope : mailbox_.Close())
    envelope.reply(Fail(Code::kUnavailable, "the daemon is stopping: try again when it is back"));
}

void EngineLoop::Watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  JOBGATE_CHECK(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

int EngineLoop::WaitMs() const {
  std::optional<Duration> at = due_at_;
  const Duration now = clock_.Monotonic();
  if (tidy_at_ && (!at || *tidy_at_ < *at)) at = tidy_at_;
  if (!at) return -1;
  return static_cast<int>(std::clamp<int64_t>((*at - now).count(), 0, INT_MAX));
}

void EngineLoop::WaitForWork() {
  std::array<epoll_event, 8> events{};
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), WaitMs());
  for (int i = 0; i < count; ++i)
    if (events[static_cast<size_t>(i)].data.fd == supervisor_.fd()) supervisor_.OnReady();
}

bool EngineLoop::StopWasAsked() {
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
      return true;
    else
      hangup_();
  return false;
}

void EngineLoop::Turn() {
  auto commands = mailbox_.Take(kCommandsPerTurn);
  const auto reports = supervisor_.TakeReports();
  const bool due = due_at_ && clock_.Monotonic() >= *due_at_;
  const bool news = std::any_of(reports.begin(), reports.end(), SaysSomethingNew);
  if (commands.empty() && !news && !due) return;
  const auto next = engine_.RunTurn(std::move(commands), reports);
  supervisor_.Flush();
  due_at_ = next ? std::optional(clock_.Monotonic() + *next) : std::nullopt;
  tidy_pause_ = kTidyAfter;
  tidy_at_ = clock_.Monotonic() + tidy_pause_;
}

void EngineLoop::TidyWhenIdle() {
  if (!tidy_at_ || clock_.Monotonic() < *tidy_at_) return;
  tidy_();
  tidy_at_.reset();
  tidy_pause_ *= kTidyGrowth;
  if (tidy_pause_ <= kTidyAtMost) tidy_at_ = clock_.Monotonic() + tidy_pause_;
}

}  // namespace jobgate
