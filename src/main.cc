// The composition root: the only place where the real clock, randomness, files, repositories,
// network and helper programs enter. What the daemon is alone with (its sockets, store and
// supervisor) it makes itself, from them.
#include <sqlite3.h>

#include <charconv>
#include <iostream>
#include <string_view>

#include "src/base/clock.h"
#include "src/base/file_system.h"
#include "src/base/process_runner.h"
#include "src/base/random.h"
#include "src/cli/process_world.h"
#include "src/cli/run_cli.h"
#include "src/daemon/daemon.h"
#include "src/git/libgit2_repositories.h"
#include "src/seal/run_seal.h"
#include "src/supervisor/run_supervisor.h"
#include "src/transport/httplib_transport.h"

namespace jobgate {
namespace {

// `jobgate supervise --socket-dir DIR --fd N --umask OCTAL`: started by the daemon, never by
// people; answered before anything that the command line needs is set up.
int Supervise(int argc, char** argv) {
  SupervisorOptions options;
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i], value = argv[i + 1];
    if (flag == "--socket-dir") options.socket_dir = value;
    if (flag == "--fd") std::from_chars(value.data(), value.data() + value.size(), options.fd);
    if (flag == "--umask")
      std::from_chars(value.data(), value.data() + value.size(), options.umask.emplace(), 8);
  }
  return RunSupervisor(options);
}

// A service manager tells by the exit code whether it is of use to start again.
constexpr int kExitCannotStart = 1;
constexpr int kExitInvalidSettings = 2;

int Serve(const ServeOptions& options, DaemonWorld world) {
  try {
    Daemon daemon(options.config_path, world);
    daemon.Run();
    return 0;
  } catch (const InvalidSettings& failure) {
    std::cerr << "jobgate: " << failure.error.message << "\n";  // a line for each problem
    return kExitInvalidSettings;
  } catch (const StartFailure& failure) {
    std::cerr << "jobgate: " << failure.error.message << "\n";
  } catch (const std::exception& failure) {
    std::cerr << "jobgate: cannot start: " << failure.what() << "\n";
  }
  return kExitCannotStart;
}

int Main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "supervise") return Supervise(argc, argv);
  if (argc > 1 && std::string_view(argv[1]) == "seal") return RunSeal(argc, argv);
  std::ios::sync_with_stdio(false);
  SystemClock clock;
  SystemRandom random;
  PosixFileSystem files;
  git::Libgit2Repositories repositories;
  HttplibTransport http;
  PosixProcessRunner processes;
  CliWorld world = ProcessWorld(http, files, processes, clock, random);
  world.serve = [&](const ServeOptions& options) {
    return Serve(options, {clock, random, files, repositories, http, processes});
  };
  world.sqlite_version = [] { return std::string(sqlite3_libversion()); };
  return RunCli(argc, argv, world);
}

}  // namespace
}  // namespace jobgate

int main(int argc, char** argv) {
  return jobgate::Main(argc, argv);
}
