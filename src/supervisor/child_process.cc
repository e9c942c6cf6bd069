#include "src/supervisor/child_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "src/base/program.h"
#include "src/supervisor/spawn_plan.h"

namespace jobgate {
namespace {

constexpr mode_t kOwnUmask = 0077;
constexpr rlim_t kCpuGraceSeconds = 1;  // from SIGXCPU to SIGKILL, setrlimit(2)

// Never above what was inherited as the most.
bool Bound(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0) return false;
  limit.rlim_max = std::min(limit.rlim_max, hard);
  limit.rlim_cur = std::min(limit.rlim_max, soft);
  return setrlimit(resource, &limit) == 0;
}

bool Bound(__rlimit_resource_t resource, int64_t value) {
  return value == 0 || Bound(resource, static_cast<rlim_t>(value), static_cast<rlim_t>(value));
}

bool Bound(const ProcessLimits& limits) {
  const auto seconds = static_cast<rlim_t>(limits.cpu_seconds);
  return Bound(RLIMIT_DATA, limits.memory_mb * (int64_t{1} << 20)) &&
         Bound(RLIMIT_NPROC, limits.processes) &&
         (seconds == 0 || Bound(RLIMIT_CPU, seconds, seconds + kCpuGraceSeconds)) &&
         Bound(RLIMIT_NOFILE, limits.open_files);
}

}  // namespace

ChildStarter::ChildStarter()
    : null_(open("/dev/null", O_RDONLY | O_CLOEXEC)), inherited_umask_(umask(kOwnUmask)) {
  if (!null_) throw std::system_error(errno, std::generic_category(), "/dev/null");
  getrlimit(RLIMIT_NOFILE, &inherited_files_);
  own_files_ = inherited_files_;
  own_files_.rlim_cur = own_files_.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &own_files_) != 0) own_files_ = inherited_files_;
}

ReadyChild::ReadyChild(ChildSpec spec)
    : spec_(std::move(spec)), argv_(PointersTo(spec_.argv)), environment_(PointersTo(spec_.env)) {}

struct ChildStarter::Birth {
  const ChildStarter& starter;
  const ReadyChild& child;
  int error = 0;
};

// In the child, which shares this process's memory, while this process waits: system calls alone,
// and nothing that lasts. Returns only where it failed, the reason.
int ChildStarter::Become(const ReadyChild& child) const {
  const ChildSpec& spec = child.spec();
  sigset_t none;
  sigemptyset(&none);
  if (setsid() < 0 || dup2(null_.get(), 0) < 0 || dup2(spec.stdout_fd, 1) < 0 ||
      dup2(spec.stderr_fd, 2) < 0 || close_range(3, ~0U, 0) != 0 ||
      setrlimit(RLIMIT_NOFILE, &inherited_files_) != 0 || chdir(spec.cwd.c_str()) != 0 ||
      sigprocmask(SIG_SETMASK, &none, nullptr) != 0 || !Bound(spec.limits))
    return errno;
  umask(inherited_umask_);
  execve(spec.program.c_str(), child.argv(), child.environment());
  return errno;
}

int ChildStarter::Run(void* birth) {
  auto& self = *static_cast<Birth*>(birth);
  self.error = self.starter.Become(self.child);
  _exit(1);
}

// clone(2) as posix_spawn(3) uses it, which knows no umask, no limits and no pidfd, and asks for
// the disposition of each of 64 signals.
Result<ChildProcess> ChildStarter::Start(const ReadyChild& ready) const {
  const ChildSpec& spec = ready.spec();
  Birth birth{*this, ready};
  int pidfd = -1;
  const pid_t pid = clone(&ChildStarter::Run, stack_->data() + stack_->size(),
                          CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &birth, &pidfd);
  if (pid < 0) return Fail(Code::kUnavailable, WhyNotStarted(errno, spec.program, spec.cwd));
  ChildProcess child{pid, UniqueFd(pidfd)};
  if (birth.error == 0) return child;
  waitpid(pid, nullptr, 0);
  return Fail(Code::kUnavailable, WhyNotStarted(birth.error, spec.program, spec.cwd));
}

}  // namespace jobgate
