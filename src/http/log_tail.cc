#include "src/http/log_tail.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace jobgate {

std::string LogTail(const RunFiles& files, const JobId& job, int attempt, LogStreamName stream,
                    size_t bytes_max) {
  const UniqueFd file = files.OpenLog(job, attempt, stream);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return "";
  const auto want =
      static_cast<size_t>(std::min<int64_t>(status.st_size, static_cast<int64_t>(bytes_max)));
  const bool cut = static_cast<int64_t>(want) < status.st_size;
  std::string text(want, '\0');
  const ssize_t count =
      ::pread(file.get(), text.data(), want, status.st_size - static_cast<off_t>(want));
  text.resize(count > 0 ? static_cast<size_t>(count) : 0);
  // A line of which only the end is there says the wrong thing; one that fills all is better cut.
  if (const size_t line = text.find('\n');
      cut && line + 1 < text.size() && line != std::string::npos)
    text.erase(0, line + 1);
  return text;
}

}  // namespace jobgate
