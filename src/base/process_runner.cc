#include "src/base/process_runner.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "src/base/pidfd.h"
#include "src/base/unique_fd.h"

namespace jobgate {
namespace {

// What the child is to inherit: an end of the pipe, and no blocked or ignored signal.
class SpawnPlan {
 public:
  explicit SpawnPlan(int out) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, broken_pipe;
    ::sigemptyset(&none);
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &broken_pipe);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  int Start(const std::vector<std::string>& argv, pid_t& pid) const {
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    return ::posix_spawnp(&pid, words[0], &actions_, &attributes_, words.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

using Instant = std::chrono::steady_clock::time_point;

// False where the deadline came first.
bool WaitReadable(int fd, Instant deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd readable{fd, POLLIN, 0};
    const int ready = ::poll(&readable, 1, static_cast<int>(left.count()));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

// Reads to the end of the pipe, which every process that holds it can put off.
Result<std::string> ReadAll(int fd, const ProcessCall& call, Instant deadline) {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    if (!WaitReadable(fd, deadline))
      return Fail(Code::kUnavailable,
                  call.argv[0] + " did not end within " + FormatDuration(call.runtime_max));
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Fail(Code::kUnavailable, call.argv[0] + ": its output cannot be read");
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<size_t>(count));
    if (text.size() > call.output_bytes_max)
      return Fail(Code::kTooLarge, call.argv[0] + " printed more than " +
                                       std::to_string(call.output_bytes_max) + " bytes");
  }
}

// Its end of the pipe is closed, so that it has little left to do.
bool EndsBy(pid_t pid, Instant deadline, int& status) {
  const UniqueFd ended(OpenPidfd(pid));
  return ended && WaitReadable(ended.get(), deadline) && ::waitpid(pid, &status, 0) == pid;
}

int ExitCodeOf(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<ProcessOutput> PosixProcessRunner::Run(const ProcessCall& call) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Fail(Code::kUnavailable, std::string("no pipe: ") + std::strerror(errno));
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const Instant deadline = std::chrono::steady_clock::now() + call.runtime_max;
  pid_t pid = 0;
  if (const int error = SpawnPlan(writing.get()).Start(call.argv, pid); error != 0)
    return Fail(error == ENOENT ? Code::kNotFound : Code::kUnavailable,
                call.argv[0] + ": " + std::strerror(error));
  writing = UniqueFd();
  auto text = ReadAll(reading.get(), call, deadline);
  int status = 0;
  if (text && EndsBy(pid, deadline, status)) return ProcessOutput{ExitCodeOf(status), *text};
  ::kill(-pid, SIGKILL);
  ::waitpid(pid, &status, 0);
  if (!text) return Fail(std::move(text).error());
  return Fail(Code::kUnavailable,
              call.argv[0] + " did not end within " + FormatDuration(call.runtime_max));
}

}  // namespace jobgate
