#include "src/supervisor/supervisor_client.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <type_traits>

#include "src/base/pidfd.h"
#include "src/supervisor/socket.h"

namespace jobgate {
namespace {

constexpr Duration kAnswerPatience{10'000};
constexpr Duration kFirstRetry{50};
constexpr Duration kRetryMax{5'000};
constexpr Duration kLastingConnection{10'000};

UniqueFd Required(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return UniqueFd(fd);
}

void Register(int poll, int operation, int fd, bool also_writes) {
  epoll_event event{};
  event.events = also_writes ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(poll, operation, fd, &event);
}

// The first retry is at once: a supervisor that left because nobody needed it is replaced unseen.
Duration RetryDelay(int failures) {
  if (failures <= 1) return Duration::zero();
  return std::min(kRetryMax, kFirstRetry * (1 << std::min(failures - 2, 10)));
}

}  // namespace

SupervisorClient::SupervisorClient(std::string socket_dir, const Clock& clock,
                                   SupervisorProgram program)
    : socket_dir_(std::move(socket_dir)),
      program_(std::move(program)),
      clock_(clock),
      poll_(Required(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      timer_(
          Required(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create")) {
  Register(poll_.get(), EPOLL_CTL_ADD, timer_.get(), false);
}

Result<void> SupervisorClient::Reach() {
  auto dir = OpenSocketDir(socket_dir_);
  if (!dir) return Fail(std::move(dir).error());
  auto running = ConnectInDir(dir->get());
  if (!running) return Fail(std::move(running).error());
  if (*running) {
    Adopt(**std::move(running), false);
    return {};
  }
  auto fresh = LaunchSupervisor(program_, socket_dir_);
  if (!fresh) return Fail(std::move(fresh).error());
  UniqueFd pidfd(OpenPidfd(fresh->pid));
  if (pidfd) Register(poll_.get(), EPOLL_CTL_ADD, pidfd.get(), false);
  supervisors_.push_back({fresh->pid, std::move(pidfd)});
  Adopt(std::move(fresh->connection), true);
  return {};
}

void SupervisorClient::Adopt(UniqueFd socket, bool launched) {
  connection_ = std::make_unique<WireConnection>(std::move(socket));
  prepared_.clear();
  Register(poll_.get(), EPOLL_CTL_ADD, connection_->fd(), false);
  waits_for_room_ = false;
  launched_ = launched;
  state_ = State::kReached;
}

void SupervisorClient::Greet() {
  if (state_ == State::kReached && launched_) {
    const auto dir = OpenSocketDir(socket_dir_);
    auto running = dir ? ConnectInDir(dir->get()) : std::nullopt;
    if (running && *running) Adopt(**std::move(running), false);
  }
  if (state_ == State::kReached) return SayHello();
  Retry();
}

void SupervisorClient::SayHello() {
  state_ = State::kGreeted;
  welcome_.reset();
  SetTimer(kAnswerPatience);
  connection_->Queue(wire::Encode(wire::Hello{wire::kProtocol, getpid()}));
  Flush();
}

void SupervisorClient::Retry() {
  if (auto reached = Reach(); !reached) return Lose(reached.error().message);
  SayHello();
}

void SupervisorClient::Lose(const std::string& why) {
  const bool was_connected = state_ == State::kConnected;
  if (was_connected) reports_.emplace_back(SupervisorLost{});
  if (was_connected && tell_) tell_(why);
  if (was_connected && clock_.Monotonic() - connected_at_ >= kLastingConnection) failures_ = 0;
  ++failures_;
  trouble_ = why;
  connection_.reset();
  state_ = State::kWaiting;
  SetTimer(RetryDelay(failures_));
}

void SupervisorClient::ClearTimer() {
  const itimerspec never{};
  timerfd_settime(timer_.get(), 0, &never, nullptr);
  timer_set_ = false;
}

void SupervisorClient::SetTimer(Duration delay) {
  const auto nanoseconds = std::max<int64_t>(1, std::chrono::nanoseconds(delay).count());
  itimerspec when{};
  when.it_value.tv_sec = nanoseconds / 1'000'000'000;
  when.it_value.tv_nsec = nanoseconds % 1'000'000'000;
  timerfd_settime(timer_.get(), 0, &when, nullptr);
  timer_set_ = true;
}

void SupervisorClient::OnReady() {
  if (connection_ && state_ != State::kReached) ReadNews();
  Flush();
  if (timer_set_) OnTimer();
  ReapSupervisors();
}

void SupervisorClient::ReapSupervisors() {
  std::erase_if(supervisors_, [&](const Child& child) {
    if (waitpid(child.pid, nullptr, WNOHANG) == 0) return false;
    if (child.pidfd) epoll_ctl(poll_.get(), EPOLL_CTL_DEL, child.pidfd.get(), nullptr);
    return true;
  });
}

void SupervisorClient::OnTimer() {
  uint64_t count = 0;
  if (read(timer_.get(), &count, sizeof count) != sizeof count) return;
  timer_set_ = false;
  if (state_ == State::kGreeted) return Lose("the supervisor does not answer");
  if (state_ == State::kWaiting) Retry();
}

void SupervisorClient::ReadNews() {
  const bool alive = connection_->Read();
  while (connection_) {
    const auto frame = connection_->Next();
    if (frame && !*frame) break;
    auto news = frame ? wire::DecodeNews(**frame) : Fail(frame.error());
    if (!news) return Lose("the supervisor cannot be understood: " + news.error().message);
    Take(*std::move(news));
  }
  if (connection_ && !alive) Lose("the supervisor ended, or closed the connection");
}

void SupervisorClient::Take(wire::News news) {
  std::visit(
      [&](auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, wire::Refused>) {
          Lose("the supervisor refuses this daemon: " + what.why);
          SetTimer(kRetryMax);
        } else if constexpr (std::is_same_v<What, wire::Fenced>) {
          Lose("another daemon of this store (pid " + std::to_string(what.pid) + ") took over");
          ClearTimer();
          state_ = State::kFenced;
        } else if constexpr (std::is_same_v<What, wire::Welcome>) {
          supervisor_pid_ = what.pid;
          welcome_ = SupervisorConnected{
              std::move(what.incarnation), std::move(what.running), {}, std::move(what.left)};
          records_missing_ = static_cast<size_t>(what.ended_count);
          if (records_missing_ == 0) CompleteWelcome();
        } else if constexpr (std::is_same_v<What, ExitRecord>) {
          TakeRecord(std::move(what));
        } else {
          reports_.push_back(std::move(what));
        }
      },
      news);
}

void SupervisorClient::TakeRecord(ExitRecord record) {
  if (!welcome_) {
    reports_.emplace_back(std::move(record));
    return;
  }
  welcome_->ended.push_back(std::move(record));
  if (--records_missing_ == 0) CompleteWelcome();
}

void SupervisorClient::CompleteWelcome() {
  reports_.emplace_back(*std::move(welcome_));
  welcome_.reset();
  if (connected()) return;
  state_ = State::kConnected;
  connected_at_ = clock_.Monotonic();
  trouble_.clear();
  ClearTimer();
  if (tell_) tell_("");
}

std::vector<SupervisorReport> SupervisorClient::TakeReports() {
  return std::exchange(reports_, {});
}

void SupervisorClient::Flush() {
  if (!connection_ || (connection_->QueuedBytes() == 0 && !waits_for_room_)) return;
  if (connection_->Flush()) return UpdateWatch();
  ReadNews();  // a last message may say why
  if (connection_) Lose("the supervisor does not read");
}

void SupervisorClient::UpdateWatch() {
  const bool waits = connection_->QueuedBytes() > 0;
  if (waits != waits_for_room_) Register(poll_.get(), EPOLL_CTL_MOD, connection_->fd(), waits);
  waits_for_room_ = waits;
}

void SupervisorClient::Prepare(const SpawnRequest& request) {
  if (!connected()) return;
  connection_->Queue(wire::Encode(wire::PrepareAttempt{request}));
  prepared_.insert(request.id);
  Flush();
}

void SupervisorClient::Spawn(const SpawnRequest& request) {
  if (!connected()) return;
  if (prepared_.erase(request.id) > 0)
    connection_->Queue(wire::Encode(wire::StartPrepared{request.id}));
  else
    connection_->Queue(wire::Encode(request));
  Flush();
}

void SupervisorClient::Stop(const AttemptId& id, Duration grace) {
  if (!connected()) return;
  connection_->Queue(wire::Encode(wire::StopAttempt{id, grace}));
  Flush();
}

void SupervisorClient::Acknowledge(const AttemptId& id) {
  if (connected()) connection_->Queue(wire::Encode(wire::AcknowledgeAttempt{id}));
}

void SupervisorClient::KillLeftovers(const std::vector<AttemptId>& ids) {
  if (!connected()) return;
  connection_->Queue(wire::Encode(wire::KillLeftoversOf{ids}));
  Flush();
}

void SupervisorClient::Resync() {
  if (!connected()) return;
  prepared_.clear();
  connection_->Queue(wire::Encode(wire::Resync{}));
  Flush();
}

}  // namespace jobgate
