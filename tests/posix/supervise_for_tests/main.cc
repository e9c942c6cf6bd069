// The supervisor as `jobgate supervise` runs it: --socket-dir DIR --fd N.
#include <cstdlib>
#include <string_view>

#include "src/supervisor/run_supervisor.h"

int main(int argc, char** argv) {
  jobgate::SupervisorOptions options;
  for (int i = 1; i + 1 < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--socket-dir") options.socket_dir = argv[i + 1];
    if (name == "--fd") options.fd = std::atoi(argv[i + 1]);
  }
  return jobgate::RunSupervisor(options);
}
