#include "src/cli/view/limits.h"

#include <vector>

#include "src/cli/text.h"
#include "src/cli/view/fields.h"

namespace jobgate {

std::string LimitsInWords(const Json& limits) {
  std::vector<std::string> words;
  if (const int64_t mib = CountAt(limits, "memoryMb"); mib > 0)
    words.push_back(std::to_string(mib) + " MiB of memory");
  if (const int64_t seconds = CountAt(limits, "cpuSeconds"); seconds > 0)
    words.push_back(FormatDuration(std::chrono::seconds(seconds)) + " of CPU time");
  if (const int64_t files = CountAt(limits, "openFiles"); files > 0)
    words.push_back(Counted(files, "open file"));
  if (!words.empty()) words.emplace_back("each process");
  if (const int64_t processes = CountAt(limits, "processes"); processes > 0)
    words.push_back(std::to_string(processes) + " processes of its user");
  return Join(words, ", ");
}

}  // namespace jobgate
