// The supervisor as `jobgate supervise` runs it: --socket-dir DIR --fd N --umask OCTAL; and the
// sealing process that it starts from itself.
#include <cstdlib>
#include <string_view>

#include "src/seal/run_seal.h"
#include "src/supervisor/run_supervisor.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "seal") return jobgate::RunSeal(argc, argv);
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
