#include "src/cli/process_world.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

namespace jobgate {
namespace {

int ColumnsOf(int fd) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::optional<std::string> Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (!value) return std::nullopt;
  return value;
}

}  // namespace

CliWorld ProcessWorld(HttpTransport& http, FileSystem& files, ProcessRunner& processes,
                      const Clock& clock, Random& random) {
  return {.serve = {},
          .sqlite_version = {},
          .http = http,
          .files = files,
          .processes = processes,
          .clock = clock,
          .random = random,
          .in = std::cin,
          .out = std::cout,
          .err = std::cerr,
          .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
          .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
          .columns = ColumnsOf(STDOUT_FILENO),
          .env = Environment,
          .sleep = [](Duration duration) { std::this_thread::sleep_for(duration); },
          .user = ::geteuid()};
}

}  // namespace jobgate
