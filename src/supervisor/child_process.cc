#include "src/supervisor/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <system_error>

#include "src/supervisor/pidfd.h"
#include "src/supervisor/program.h"

namespace jobgate {
namespace {

constexpr mode_t kOwnUmask = 0077;

// Sets the limit of open files while it lives: children copy it at the moment they are made.
class FileLimit {
 public:
  FileLimit(const rlimit& now, const rlimit& afterwards)
      : changes_(now.rlim_cur != afterwards.rlim_cur), afterwards_(afterwards) {
    if (changes_) setrlimit(RLIMIT_NOFILE, &now);
  }
  ~FileLimit() {
    if (changes_) setrlimit(RLIMIT_NOFILE, &afterwards_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  const bool changes_;
  const rlimit afterwards_;
};

// The same for the umask, which posix_spawn(3) has no attribute for.
class Umask {
 public:
  explicit Umask(mode_t now) : afterwards_(umask(now)) {}
  ~Umask() { umask(afterwards_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  const mode_t afterwards_;
};

}  // namespace

ChildStarter::ChildStarter()
    : null_(open("/dev/null", O_RDONLY | O_CLOEXEC)), inherited_umask_(umask(kOwnUmask)) {
  if (!null_) throw std::system_error(errno, std::generic_category(), "/dev/null");
  getrlimit(RLIMIT_NOFILE, &inherited_files_);
  own_files_ = inherited_files_;
  own_files_.rlim_cur = own_files_.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &own_files_) != 0) own_files_ = inherited_files_;
}

ReadyChild::ReadyChild(ChildSpec spec, int null_fd)
    : spec_(std::move(spec)),
      plan_(std::make_unique<SpawnPlan>()),
      argv_(PointersTo(spec_.argv)),
      environment_(PointersTo(spec_.env)) {
  plan_->Duplicate(null_fd, 0);
  plan_->Duplicate(spec_.stdout_fd, 1);
  plan_->Duplicate(spec_.stderr_fd, 2);
  plan_->CloseFrom(3);
  plan_->EnterDirectory(spec_.cwd);
}

int ReadyChild::Spawn(pid_t& pid) const {
  return plan_->Spawn(pid, spec_.program, argv_.data(), environment_.data());
}

int ChildStarter::Spawn(const ReadyChild& child, pid_t& pid) const {
  const FileLimit limit(inherited_files_, own_files_);
  const Umask umask_of_child(inherited_umask_);
  return child.Spawn(pid);
}

Result<ChildProcess> ChildStarter::Start(const ReadyChild& ready) const {
  const ChildSpec& spec = ready.spec();
  ChildProcess child;
  if (const int error = Spawn(ready, child.pid); error != 0) {
    return Fail(Code::kUnavailable, WhyNotStarted(error, spec.program, spec.cwd));
  }
  child.pidfd.Reset(OpenPidfd(child.pid));
  if (child.pidfd) return child;
  const int error = errno;
  kill(-child.pid, SIGKILL);
  waitpid(child.pid, nullptr, 0);
  return Fail(Code::kUnavailable, WhyNotStarted(error, spec.program, spec.cwd));
}

}  // namespace jobgate
