// Everything the command line needs from outside; `main` fills it in, tests fake it.
#pragma once
#include <sys/types.h>

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "src/base/clock.h"
#include "src/base/file_system.h"
#include "src/base/http_transport.h"
#include "src/base/process_runner.h"
#include "src/base/random.h"

namespace jobgate {

struct ServeOptions {
  std::string config_path;  // absolute, found as the CLI finds it
};

// References must outlive RunCli.
struct CliWorld {
  // Returns the process's exit code; the daemon's layers stay out of the CLI's.
  std::function<int(const ServeOptions&)> serve;
  std::function<std::string()> sqlite_version;  // sqlite3_libversion()

  HttpTransport& http;
  FileSystem& files;
  ProcessRunner& processes;
  const Clock& clock;
  Random& random;

  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  int columns = 0;  // of the terminal; 0 = unlimited

  std::function<std::optional<std::string>(const std::string&)> env;
  std::function<void(Duration)> sleep;
  uid_t user = 0;  // effective
};

}  // namespace jobgate
