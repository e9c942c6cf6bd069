// The supervisor as `jobgate supervise` runs it: --socket-dir DIR --fd N --umask OCTAL.
#include <cstdlib>
#include <string_view>

#include "src/supervisor/run_supervisor.h"

int main(int argc, char** argv) {
  jobgate::SupervisorOptions options;
  for (int i = 1; i + 1 < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--socket-dir") options.socket_dir = argv[i + 1];
    if (name == "--fd") options.fd = std::atoi(argv[i + 1]);
    if (name == "--umask")
      options.umask = static_cast<mode_t>(std::strtoul(argv[i + 1], nullptr, 8));
  }
  return jobgate::RunSupervisor(options);
}
