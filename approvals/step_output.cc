#include "approvals/step_output.h"

#include <algorithm>
#include <string_view>

#include "approvals/text/quoted.h"
#include "src/base/digest.h"

namespace jobgate {
namespace {

constexpr size_t kLogBytesMax = 16u << 20;
constexpr size_t kDigitsShown = 12;
constexpr size_t kLineBytesShown = 100;

std::string InShort(const std::string& hash) {
  return hash.empty() ? "nothing" : hash.substr(0, kDigitsShown) + "…";
}

// Of the line from `begin` on, what is around `from`.
std::string Excerpt(std::string_view text, size_t begin, size_t from) {
  if (begin >= text.size()) return "nothing";
  const size_t first = from - begin > kLineBytesShown / 2 ? from - kLineBytesShown / 4 : begin;
  const std::string_view line = text.substr(first, text.find('\n', first) - first);
  return (first > begin ? "…" : "") +
         Json(Head(line, kLineBytesShown)).dump(-1, ' ', false, Json::error_handler_t::replace) +
         (line.size() > kLineBytesShown ? "…" : "");
}

// The first line that is another one; nothing where that cannot be shown.
std::optional<Difference> LineDifference(std::string_view approved, std::string_view now) {
  const auto [old_end, new_end] = std::ranges::mismatch(approved, now);
  const auto same = static_cast<size_t>(old_end - approved.begin());
  const std::string_view before = approved.substr(0, same);
  const size_t begin = before.rfind('\n') + 1;  // of the first line: npos + 1
  const std::string old_line = Excerpt(approved, begin, same), new_line = Excerpt(now, begin, same);
  if (old_line == new_line) return std::nullopt;
  const auto number = 1 + std::ranges::count(before, '\n');
  return Difference{"line " + std::to_string(number) + " of it", old_line, new_line};
}

std::string LogOf(const Turn& turn, const JobId& job_id, int number, const char* name) {
  auto text = turn.files.ReadFile(RunFolder(turn.config, job_id, number) + name, kLogBytesMax);
  return text ? *std::move(text) : "";
}

}  // namespace

std::string RunFolder(const Config& config, const JobId& job_id, int number) {
  return config.StoreDir() + "/runs/" + job_id + "/" + std::to_string(number);
}

std::string StdoutOf(const Turn& turn, const JobId& job_id, int number) {
  return LogOf(turn, job_id, number, "/stdout.log");
}

std::string StderrOf(const Turn& turn, const JobId& job_id, int number) {
  return LogOf(turn, job_id, number, "/stderr.log");
}

std::optional<std::string> ShownOutput(const Turn& turn, const JobId& job_id,
                                       const StepOutput& output) {
  std::string text = StdoutOf(turn, job_id, output.attempt);
  if (Sha256Hex(text) != output.stdout_sha256) return std::nullopt;
  return text;
}

bool IsSameOutput(const StepOutput& one, const StepOutput& other) {
  return one.stdout_sha256 == other.stdout_sha256 && one.result_sha256 == other.result_sha256;
}

std::vector<Difference> OutputDifferences(const Turn& turn, const Job& job,
                                          const std::string& step_name,
                                          const std::optional<StepOutput>& approved,
                                          const std::optional<StepOutput>& now) {
  const StepOutput before = approved.value_or(StepOutput{});
  const StepOutput after = now.value_or(StepOutput{});
  std::vector<Difference> differences;
  if (before.stdout_sha256 != after.stdout_sha256) {
    differences.push_back(
        {"output of " + step_name, InShort(before.stdout_sha256), InShort(after.stdout_sha256)});
    const auto old_text = approved ? ShownOutput(turn, job.id, before) : std::nullopt;
    const auto new_text = now ? ShownOutput(turn, job.id, after) : std::nullopt;
    if (old_text && new_text)
      if (auto line = LineDifference(*old_text, *new_text)) differences.push_back(*std::move(line));
  }
  if (before.result_sha256 != after.result_sha256)
    differences.push_back(
        {"result of " + step_name, InShort(before.result_sha256), InShort(after.result_sha256)});
  return differences;
}

}  // namespace jobgate
