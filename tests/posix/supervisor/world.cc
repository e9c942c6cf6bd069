// doctest first: world.h uses its assertions.
#include <doctest/doctest.h>

#include "tests/posix/supervisor/world.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/supervisor/process_table.h"

namespace jobgate::posix {
namespace {

constexpr Duration kLook{2};

// Everything that names the folder in its environment or command line belongs to the test.
void KillAllIn(const std::string& folder) {
  for (const ProcessInfo& process : AllProcesses()) {
    const std::string proc = "/proc/" + std::to_string(process.pid);
    const std::string text = ReadWhole(proc + "/environ") + ReadWhole(proc + "/cmdline");
    if (process.pid != getpid() && text.find(folder) != std::string::npos) {
      SignalProcess(process.pid, process.start_ticks, SIGKILL);
    }
  }
}

}  // namespace

Folder::Folder(int depth) {
  std::string name = std::filesystem::temp_directory_path() / "jobgate-posix-XXXXXX";
  REQUIRE(mkdtemp(name.data()) != nullptr);
  root_ = name;
  path_ = root_;
  for (int i = 0; i < depth; ++i) {
    path_ += "/" + std::string(60, 'd');
    REQUIRE(mkdir(path_.c_str(), 0700) == 0);
  }
}

Folder::~Folder() {
  KillAllIn(root_);
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

SupervisorProgram TestSupervisor() {
  return {SUPERVISE_FOR_TESTS, {}};
}

Daemon::Daemon(const Folder& folder, std::nullptr_t, const SupervisorProgram& program)
    : client_(folder.path(), clock_, program) {
  const auto reached = client_.Reach();
  REQUIRE_MESSAGE(reached, (reached ? "" : reached.error().message));
  client_.Greet();
}

Daemon::Daemon(const Folder& folder, const SupervisorProgram& program)
    : Daemon(folder, nullptr, program) {
  hello_ = Next<SupervisorConnected>();
}

void Daemon::Work(Duration wait) {
  client_.Flush();
  pollfd ready{client_.fd(), POLLIN, 0};
  if (poll(&ready, 1, static_cast<int>(wait.count())) > 0) client_.OnReady();
  for (SupervisorReport& report : client_.TakeReports()) reports_.push_back(std::move(report));
}

bool Daemon::Until(const std::function<bool()>& condition) {
  const Duration deadline = clock_.Monotonic() + kPatience;
  while (!condition()) {
    if (clock_.Monotonic() > deadline) return false;
    Work(kLook);
  }
  return true;
}

ExitRecord Daemon::Ended(const AttemptId& id) {
  ExitRecord record;
  const auto take = [&] {
    for (auto it = reports_.begin(); it != reports_.end(); ++it) {
      auto* found = std::get_if<ExitRecord>(&*it);
      if (found == nullptr || found->id != id) continue;
      record = std::move(*found);
      reports_.erase(it);
      return true;
    }
    return false;
  };
  REQUIRE_MESSAGE(Until(take), "no exit record in time");
  client_.Acknowledge(id);
  client_.Flush();
  return record;
}

SpawnRequest Shell(const Folder& folder, const std::string& job, const std::string& script,
                   int number) {
  SpawnRequest request;
  request.id = {job, number};
  request.argv = {"sh", "-c", script};
  request.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HERE", folder.path()}};
  request.cwd = folder.path();
  request.dir = folder.path() + "/runs/" + job + "/" + std::to_string(number);
  request.params = "{}";
  request.timeout = std::chrono::minutes(1);
  request.kill_grace = std::chrono::seconds(10);
  request.log_bytes_max = 1 << 20;
  return request;
}

std::string LogOf(const SpawnRequest& request, const char* stream) {
  return ReadWhole(request.dir + "/" + stream);
}

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

bool Exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

bool Eventually(const std::function<bool()>& condition) {
  const SystemClock clock;
  const Duration deadline = clock.Monotonic() + kPatience;
  while (!condition()) {
    if (clock.Monotonic() > deadline) return false;
    poll(nullptr, 0, static_cast<int>(kLook.count()));
  }
  return true;
}

bool IsAlive(int pid) {
  const auto process = LookUpProcess(pid);
  return process && !process->ended;
}

int NumberFrom(const std::string& path) {
  REQUIRE_MESSAGE(Eventually([&] { return ReadWhole(path).find('\n') != std::string::npos; }),
                  path);
  return std::atoi(ReadWhole(path).c_str());
}

}  // namespace jobgate::posix
