#include "src/config/suggest.h"

#include <algorithm>
#include <cctype>

namespace jobgate {
namespace {

constexpr size_t kNameLengthMax = 100;  // longer names are no typing errors
constexpr size_t kListedMax = 30;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// Optimal string alignment distance.
size_t Edits(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({replaced, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::string Joined(const std::vector<std::string>& names) {
  std::string joined;
  for (size_t i = 0; i < names.size() && i < kListedMax; ++i)
    joined += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kListedMax ? joined + ", …" : joined;
}

}  // namespace

std::optional<std::string> NearestName(std::string_view name,
                                       const std::vector<std::string>& known) {
  if (name.size() > kNameLengthMax) return std::nullopt;
  const std::string wanted = Lower(name);
  std::optional<std::string> nearest;
  size_t edits_min = std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    if (candidate.size() > kNameLengthMax) continue;
    const size_t edits = Edits(wanted, Lower(candidate));
    if (edits < edits_min) {
      edits_min = edits;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string UnknownName(std::string_view name, const std::vector<std::string>& known) {
  if (auto nearest = NearestName(name, known)) return "unknown, did you mean " + *nearest + "?";
  if (known.empty()) return "unknown; nothing may stand here";
  return "unknown; known are " + Joined(known);
}

}  // namespace jobgate
