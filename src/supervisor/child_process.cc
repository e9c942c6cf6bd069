#include "src/supervisor/child_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <system_error>

#include "src/base/pidfd.h"
#include "src/base/program.h"
#include "src/supervisor/raw_call.h"
#include "src/supervisor/spawn_plan.h"

namespace jobgate {
namespace {

constexpr mode_t kOwnUmask = 0077;
constexpr rlim_t kCpuGraceSeconds = 1;  // from SIGXCPU to SIGKILL, setrlimit(2)
constexpr size_t kStackBytes = 16 * 1024;

struct Limit {
  int resource;
  rlimit value;
};

// Never above what was inherited as the most.
rlimit Bounded(rlimit inherited, rlim_t soft, rlim_t hard) {
  inherited.rlim_max = std::min(inherited.rlim_max, hard);
  inherited.rlim_cur = std::min(inherited.rlim_max, soft);
  return inherited;
}

rlimit OwnLimit(__rlimit_resource_t resource) {
  rlimit limit{};
  getrlimit(resource, &limit);
  return limit;
}

// As the child is to set them; the open files in any case, since this process has raised its own.
struct Limits {
  Limits(const ProcessLimits& limits, rlimit files) {
    const auto seconds = static_cast<rlim_t>(limits.cpu_seconds);
    const auto open = static_cast<rlim_t>(limits.open_files);
    if (open > 0) files = Bounded(files, open, open);
    Add(RLIMIT_NOFILE, files);
    Bound(RLIMIT_DATA, static_cast<rlim_t>(limits.memory_mb) << 20);
    Bound(RLIMIT_NPROC, static_cast<rlim_t>(limits.processes));
    if (seconds > 0)
      Add(RLIMIT_CPU, Bounded(OwnLimit(RLIMIT_CPU), seconds, seconds + kCpuGraceSeconds));
  }
  void Bound(__rlimit_resource_t resource, rlim_t most) {
    if (most > 0) Add(resource, Bounded(OwnLimit(resource), most, most));
  }
  void Add(__rlimit_resource_t resource, rlimit value) { all[count++] = {resource, value}; }

  Limit all[4] = {};
  int count = 0;
};

template <typename T>
[[gnu::always_inline]] inline long Word(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

}  // namespace

// Made by the parent and read by the child, which runs in the same memory until its execve.
struct ChildProcess::Birth {
  Birth(ChildSpec given, const Limits& bounds, mode_t mask, int null);

  static int Run(void* birth);
  int Become() const;

  const ChildSpec spec;
  const std::vector<char*> arguments;    // into spec, as
  const std::vector<char*> environment;  // these

  // What the child reads.
  const char* const program = spec.program.c_str();
  const char* const cwd = spec.cwd.c_str();
  char* const* const argv = arguments.data();
  char* const* const envp = environment.data();
  const Limits limits;
  const mode_t umask;
  const int null_fd;
  const int stdout_fd = spec.stdout_fd;
  const int stderr_fd = spec.stderr_fd;
  int release_fd = -1;
  volatile int error = 0;  // its last word
  alignas(std::max_align_t) std::array<std::byte, kStackBytes> stack;
};

ChildProcess::Birth::Birth(ChildSpec given, const Limits& bounds, mode_t mask, int null)
    : spec(std::move(given)),
      arguments(PointersTo(spec.argv)),
      environment(PointersTo(spec.env)),
      limits(bounds),
      umask(mask),
      null_fd(null) {}

// In the child: system calls alone, and nothing that lasts. Returns only where it failed or was not
// released, the reason. close_range(2) comes before what can block: until then the child holds a
// copy of everything that the parent has open.
__attribute__((no_sanitize("thread"))) int ChildProcess::Birth::Become() const {
  constexpr long kNoSignals = 0;
  long answer = 0;
  if ((answer = RawCall(SYS_setsid)) < 0 || (answer = RawCall(SYS_dup3, null_fd, 0, 0)) < 0 ||
      (answer = RawCall(SYS_dup3, stdout_fd, 1, 0)) < 0 ||
      (answer = RawCall(SYS_dup3, stderr_fd, 2, 0)) < 0 ||
      (release_fd > 3 && (answer = RawCall(SYS_close_range, 3, release_fd - 1, 0)) < 0) ||
      (answer = RawCall(SYS_close_range, release_fd + 1, UINT_MAX, 0)) < 0 ||
      (answer = RawCall(SYS_chdir, Word(cwd))) < 0 ||
      (answer = RawCall(SYS_rt_sigprocmask, SIG_SETMASK, Word(&kNoSignals), 0, sizeof kNoSignals)) <
          0)
    return static_cast<int>(-answer);
  for (int i = 0; i < limits.count; ++i) {
    const Limit& limit = limits.all[i];
    if ((answer = RawCall(SYS_prlimit64, 0, limit.resource, Word(&limit.value))) < 0)
      return static_cast<int>(-answer);
  }
  RawCall(SYS_umask, umask);
  char word = 0;
  if (RawCall(SYS_read, release_fd, Word(&word), sizeof word) != sizeof word) return 0;
  return static_cast<int>(-RawCall(SYS_execve, Word(program), Word(argv), Word(envp)));
}

__attribute__((no_sanitize("thread"))) int ChildProcess::Birth::Run(void* birth) {
  auto& self = *static_cast<Birth*>(birth);
  self.error = self.Become();
  for (;;) RawCall(SYS_exit_group, 1);
}

ChildProcess::ChildProcess(std::unique_ptr<Birth> birth) : birth_(std::move(birth)) {}
ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;

ChildProcess::~ChildProcess() {
  if (!release_) return;
  SignalPidfd(pidfd_.get(), SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ChildProcess::Release() {
  const char word = 0;
  [[maybe_unused]] const ssize_t written = write(release_.get(), &word, sizeof word);  // or is dead
  release_.Reset();
}

std::optional<std::string> ChildProcess::WhyNothingRan() const {
  if (birth_->error == 0) return std::nullopt;
  return WhyNotStarted(birth_->error, birth_->spec.program, birth_->spec.cwd);
}

ChildStarter::ChildStarter()
    : null_(open("/dev/null", O_RDONLY | O_CLOEXEC)), inherited_umask_(umask(kOwnUmask)) {
  if (!null_) throw std::system_error(errno, std::generic_category(), "/dev/null");
  rlimit most = inherited_files_ = OwnLimit(RLIMIT_NOFILE);
  most.rlim_cur = most.rlim_max;
  setrlimit(RLIMIT_NOFILE, &most);
}

// As posix_spawn(3) does it, but without CLONE_VFORK: this process goes on meanwhile.
Result<ChildProcess> ChildStarter::Start(ChildSpec spec) const {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return Fail(Code::kUnavailable, WhyNotStarted(errno, spec.program, spec.cwd));
  const UniqueFd held(ends[0]);
  UniqueFd release(ends[1]);
  const Limits limits(spec.limits, inherited_files_);
  ChildProcess child(std::make_unique<ChildProcess::Birth>(std::move(spec), limits,
                                                           inherited_umask_, null_.get()));
  ChildProcess::Birth& birth = *child.birth_;
  birth.release_fd = held.get();
  int pidfd = -1;
  child.pid_ = clone(&ChildProcess::Birth::Run, birth.stack.data() + birth.stack.size(),
                     CLONE_VM | CLONE_PIDFD | SIGCHLD, &birth, &pidfd);
  if (child.pid_ < 0)
    return Fail(Code::kUnavailable, WhyNotStarted(errno, birth.spec.program, birth.spec.cwd));
  child.pidfd_ = UniqueFd(pidfd);
  child.release_ = std::move(release);
  return child;
}

}  // namespace jobgate
