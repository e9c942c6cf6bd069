#include "src/api/errors_json.h"

#include <algorithm>
#include <utility>

#include "src/api/error_pattern.h"

namespace jobgate {
namespace {

constexpr size_t kJobsShown = 5;
constexpr size_t kExampleBytesMax = 500;

// An exit code or a signal is the kind of error itself; any other number in it differs from case to
// case.
bool IsKind(const std::string& error) {
  return error.starts_with("exit code ") || error.starts_with("killed by ");
}

std::string PatternOf(const Failure& failure) {
  const std::string error = IsKind(failure.error) ? failure.error : ErrorPattern(failure.error);
  return failure.line.empty() ? error : error + ": " + ErrorPattern(failure.line);
}

std::string MessageOf(const Failure& failure) {
  std::string text = failure.error + (failure.line.empty() ? "" : ": " + failure.line);
  if (text.size() > kExampleBytesMax) text.resize(kExampleBytesMax);
  return text;
}

}  // namespace

void ErrorGroups::Add(const Failure& failure) {
  Group& group = groups_[PatternOf(failure)];
  if (group.count++ == 0) {
    group.last_at = failure.at;
    group.example = MessageOf(failure);
  }
  group.first_at = failure.at;
  ++group.entrypoints[failure.entrypoint];
  if (group.jobs.size() < kJobsShown &&
      std::ranges::find(group.jobs, failure.job_id) == group.jobs.end())
    group.jobs.push_back(failure.job_id);
}

Json ErrorGroups::ToJson(size_t limit) const {
  std::vector<const std::pair<const std::string, Group>*> order;
  for (const auto& group : groups_) order.push_back(&group);
  std::ranges::stable_sort(order, [](const auto* a, const auto* b) {
    return std::pair(a->second.count, a->second.last_at) >
           std::pair(b->second.count, b->second.last_at);
  });
  Json list = Json::array();
  for (const auto* entry : order) {
    if (list.size() == limit) break;
    const Group& group = entry->second;
    list.push_back({{"pattern", entry->first},
                    {"count", group.count},
                    {"firstAt", FormatTime(group.first_at)},
                    {"lastAt", FormatTime(group.last_at)},
                    {"example", group.example},
                    {"entrypoints", group.entrypoints},
                    {"jobs", group.jobs}});
  }
  return list;
}

std::string LastLine(std::string_view log) {
  const size_t end = log.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return "";
  const size_t before = log.find_last_of("\r\n", end);
  const size_t start = before == std::string_view::npos ? 0 : before + 1;
  return std::string(log.substr(start, end + 1 - start));
}

}  // namespace jobgate
