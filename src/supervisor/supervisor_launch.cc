#include "src/supervisor/supervisor_launch.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "src/supervisor/socket.h"
#include "src/supervisor/spawn_plan.h"

namespace jobgate {
namespace {

constexpr int kInheritedFd = 3;

std::string Octal(mode_t mode) {
  std::array<char, 8> digits{};
  std::snprintf(digits.data(), digits.size(), "%03o", static_cast<unsigned>(mode & 0777));
  return digits.data();
}

std::vector<std::string> CommandLine(const SupervisorProgram& program,
                                     const std::string& socket_dir) {
  std::vector<std::string> line = {"jobgate"};
  line.insert(line.end(), program.arguments.begin(), program.arguments.end());
  line.insert(line.end(), {"--socket-dir", socket_dir, "--fd", std::to_string(kInheritedFd)});
  if (program.job_umask) line.insert(line.end(), {"--umask", Octal(*program.job_umask)});
  return line;
}

}  // namespace

Result<LaunchedSupervisor> LaunchSupervisor(const SupervisorProgram& program,
                                            const std::string& socket_dir) {
  auto ends = ConnectedPair();
  if (!ends) return Fail(std::move(ends).error());
  SpawnPlan plan;
  plan.Open(0, "/dev/null", O_RDONLY);
  plan.Open(1, "/dev/null", O_WRONLY);
  plan.Open(2, socket_dir + "/supervisor.log", O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
  plan.Duplicate(ends->second.get(), kInheritedFd);
  plan.CloseFrom(kInheritedFd + 1);
  pid_t pid = 0;
  const std::vector<std::string> command = CommandLine(program, socket_dir);
  const int error = plan.Spawn(pid, program.path, PointersTo(command).data(), environ);
  if (error == 0) return LaunchedSupervisor{pid, std::move(ends->first)};
  return Fail(Code::kUnavailable,
              "the supervisor cannot be started: " + std::string(std::strerror(error)));
}

}  // namespace jobgate
