// What the processes of a job may use at most. Kept by each process by itself and by what it
// starts, setrlimit(2); 0 = no limit of its own.
#pragma once
#include <cstdint>

namespace jobgate {

struct ProcessLimits {
  int64_t memory_mb = 0;    // MiB of private writable memory of one process: RLIMIT_DATA
  int64_t processes = 0;    // processes and threads of the user it runs as: RLIMIT_NPROC
  int64_t cpu_seconds = 0;  // CPU time of one process: RLIMIT_CPU
  int64_t open_files = 0;   // descriptors of one process: RLIMIT_NOFILE
  bool operator==(const ProcessLimits&) const = default;
};

}  // namespace jobgate
