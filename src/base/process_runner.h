// A short-lived program, run for what it prints. Injected, so that no test starts one.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/base/time.h"

namespace jobgate {

struct ProcessCall {
  std::vector<std::string> argv;  // looked for in PATH; never a shell
  Duration runtime_max = std::chrono::seconds(10);
  size_t output_bytes_max = 64 * 1024;
};

struct ProcessOutput {
  int exit_code = 0;  // 128 + N where signal N ended it
  std::string out;    // what it wrote to stdout; stderr goes nowhere
};

class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  // Blocks until it has ended. Errors: kNotFound where there is no such program; kUnavailable
  // where it was killed at runtime_max, kTooLarge at output_bytes_max. None holds any output.
  virtual Result<ProcessOutput> Run(const ProcessCall& call) = 0;
};

// posix_spawn(3) in a session of its own, with this process's environment and stdin from /dev/null.
class PosixProcessRunner final : public ProcessRunner {
 public:
  Result<ProcessOutput> Run(const ProcessCall& call) override;
};

}  // namespace jobgate
