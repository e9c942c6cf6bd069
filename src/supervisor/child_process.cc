#include "src/supervisor/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <system_error>

#include "src/supervisor/pidfd.h"
#include "src/supervisor/program.h"

namespace jobgate {
namespace {

class FileActions {
 public:
  FileActions(const ChildSpec& spec, int null) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, null, 0);
    posix_spawn_file_actions_adddup2(&actions_, spec.stdout_fd, 1);
    posix_spawn_file_actions_adddup2(&actions_, spec.stderr_fd, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    posix_spawn_file_actions_addchdir_np(&actions_, spec.cwd.c_str());
  }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

// Own session, no blocked signal. Ignored ones need no care: the supervisor ignores none.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

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

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

int Spawn(const ChildSpec& spec, int null, pid_t& pid) {
  const FileActions actions(spec, null);
  const Attributes attributes;
  const std::vector<char*> argv = Pointers(spec.argv);
  const std::vector<char*> env = Pointers(spec.env);
  return posix_spawn(&pid, spec.program.c_str(), actions.get(), attributes.get(), argv.data(),
                     env.data());
}

}  // namespace

ChildStarter::ChildStarter() : null_(open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  if (!null_) throw std::system_error(errno, std::generic_category(), "/dev/null");
  getrlimit(RLIMIT_NOFILE, &inherited_files_);
  own_files_ = inherited_files_;
  own_files_.rlim_cur = own_files_.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &own_files_) != 0) own_files_ = inherited_files_;
}

int ChildStarter::SpawnWithFileLimit(const ChildSpec& spec, pid_t& pid) const {
  const FileLimit limit(inherited_files_, own_files_);
  return Spawn(spec, null_.get(), pid);
}

Result<ChildProcess> ChildStarter::Start(const ChildSpec& spec) const {
  ChildProcess child;
  if (const int error = SpawnWithFileLimit(spec, child.pid); error != 0) {
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
