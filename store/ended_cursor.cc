#include "store/ended_cursor.h"

#include <charconv>

namespace jobgate {

// "n" newest or "o" oldest first, the end in milliseconds, ".", the id.
std::string CursorAt(const EndedFilter& filter, const Job& job) {
  return (filter.newest_first ? "n" : "o") + std::to_string(ToUnixMs(*job.finished_at)) + "." +
         job.id;
}

Result<std::optional<EndedPlace>> PlaceOf(const EndedFilter& filter) {
  if (filter.limit < 1) return FailField("/limit", "must be at least 1");
  if (filter.cursor.empty()) return std::nullopt;
  const size_t dot = filter.cursor.find('.');
  if (filter.cursor.front() == (filter.newest_first ? 'n' : 'o') && dot != std::string::npos) {
    int64_t ended_ms = 0;
    const char* end = filter.cursor.data() + dot;
    const auto read = std::from_chars(filter.cursor.data() + 1, end, ended_ms);
    JobId id = filter.cursor.substr(dot + 1);
    if (read.ec == std::errc() && read.ptr == end && id.starts_with("job_"))
      return EndedPlace{FromUnixMs(ended_ms), std::move(id)};
  }
  return FailField("/cursor", "no page of this order ended here; start again without a cursor");
}

}  // namespace jobgate
