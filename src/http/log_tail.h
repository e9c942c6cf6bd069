// The end of a log, for a look.
#pragma once
#include <string>

#include "src/http/run_files.h"

namespace jobgate {

inline constexpr size_t kTailBytesMax = 4096;

// The last lines of it, at most `bytes_max`; "" where there is no log. Any thread.
std::string LogTail(const RunFiles& files, const JobId& job, int attempt, LogStreamName stream,
                    size_t bytes_max = kTailBytesMax);

}  // namespace jobgate
