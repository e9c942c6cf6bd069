#include "approvals/difference.h"

#include <algorithm>
#include <string_view>

#include "approvals/text/quoted.h"

namespace jobgate {
namespace {

constexpr size_t kDifferencesShown = 5;
constexpr size_t kDifferenceBytesShown = 300;
constexpr size_t kSideBytesShown = 100;
constexpr size_t kSameBytesShown = 30;  // before what differs

std::string Line(const Difference& difference) {
  return difference.what + ": " + difference.approved + " → " + difference.now;
}

// What is around byte `at`.
std::string Around(std::string_view text, size_t at) {
  const size_t from = at - std::min(at, kSameBytesShown);
  const std::string_view rest = Tail(text, text.size() - from);
  const std::string_view shown = Head(rest, kSideBytesShown);
  return (from > 0 ? "…" : "") + std::string(shown) + (shown.size() < rest.size() ? "…" : "");
}

std::string InShort(const Difference& difference) {
  std::string line = Line(difference);
  if (line.size() <= kDifferenceBytesShown) return line;
  if (difference.approved == difference.now)  // but for a secret
    return std::string(Head(difference.what, kDifferenceBytesShown)) +
           " (job:drifted has both sides)";
  const auto [old_end, new_end] = std::ranges::mismatch(difference.approved, difference.now);
  const auto same = static_cast<size_t>(old_end - difference.approved.begin());
  const Difference shown{std::string(Head(difference.what, kDifferenceBytesShown)),
                         Around(difference.approved, same), Around(difference.now, same)};
  return Line(shown) + " (in part; job:drifted has all of it)";
}

}  // namespace

std::vector<std::string> Lines(const std::vector<Difference>& differences) {
  std::vector<std::string> lines;
  for (const Difference& difference : differences) lines.push_back(Line(difference));
  return lines;
}

std::string DriftInWords(std::string what, const std::vector<Difference>& differences) {
  const size_t shown = std::min(differences.size(), kDifferencesShown);
  for (size_t i = 0; i < shown; ++i) what += (i == 0 ? ": " : "; ") + InShort(differences[i]);
  if (shown < differences.size())
    what += "; and " + std::to_string(differences.size() - shown) + " more";
  return what;
}

}  // namespace jobgate
