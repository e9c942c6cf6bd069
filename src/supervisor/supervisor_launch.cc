#include "src/supervisor/supervisor_launch.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <cstring>

#include "src/supervisor/socket.h"

namespace jobgate {
namespace {

constexpr int kInheritedFd = 3;

class FileActions {
 public:
  FileActions(int connection, const std::string& log) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 2, log.c_str(),
                                     O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
    posix_spawn_file_actions_adddup2(&actions_, connection, kInheritedFd);
    posix_spawn_file_actions_addclosefrom_np(&actions_, kInheritedFd + 1);
  }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

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

std::vector<std::string> CommandLine(const SupervisorProgram& program,
                                     const std::string& socket_dir) {
  std::vector<std::string> line = {"jobgate"};
  line.insert(line.end(), program.arguments.begin(), program.arguments.end());
  line.insert(line.end(), {"--socket-dir", socket_dir, "--fd", std::to_string(kInheritedFd)});
  return line;
}

}  // namespace

Result<LaunchedSupervisor> LaunchSupervisor(const SupervisorProgram& program,
                                            const std::string& socket_dir) {
  auto ends = ConnectedPair();
  if (!ends) return Fail(std::move(ends).error());
  std::vector<std::string> line = CommandLine(program, socket_dir);
  std::vector<char*> argv;
  for (std::string& argument : line) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, program.path.c_str(),
                  FileActions(ends->second.get(), socket_dir + "/supervisor.log").get(),
                  Attributes().get(), argv.data(), environ);
  if (error == 0) return LaunchedSupervisor{pid, std::move(ends->first)};
  return Fail(Code::kUnavailable,
              "the supervisor cannot be started: " + std::string(std::strerror(error)));
}

}  // namespace jobgate
