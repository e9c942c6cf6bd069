#include "src/http/route_table.h"

#include <array>
#include <span>

namespace jobgate {
namespace {

constexpr size_t kSegmentsMax = 8;

// "/api/v1" → "api", "v1"; "/" → one empty segment. Nothing where there are too many.
size_t Split(std::string_view path, std::array<std::string_view, kSegmentsMax>& segments) {
  if (path.empty() || path.front() != '/') return 0;
  size_t count = 0;
  do {
    path.remove_prefix(1);
    if (count == kSegmentsMax) return 0;
    const size_t end = std::min(path.find('/'), path.size());
    segments[count++] = path.substr(0, end);
    path.remove_prefix(end);
  } while (!path.empty());
  return count;
}

bool Captures(std::string_view segment) {
  return !segment.empty() && segment.front() == '{';
}

bool Matches(std::span<const std::string_view> pattern, std::span<const std::string_view> path) {
  if (pattern.size() != path.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const bool fits = Captures(pattern[i]) ? !path[i].empty() : pattern[i] == path[i];
    if (!fits) return false;
  }
  return true;
}

}  // namespace

RouteTable::RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) {
    std::array<std::string_view, kSegmentsMax> segments;
    const size_t count = Split(route.path, segments);
    patterns_.push_back({{segments.begin(), segments.begin() + count}});
  }
}

RouteTable::Match RouteTable::Find(std::string_view method, std::string_view path) const {
  std::array<std::string_view, kSegmentsMax> segments;
  const std::span<const std::string_view> given(segments.data(), Split(path, segments));
  const std::string_view asked = method == "HEAD" ? "GET" : method;
  Match match;
  for (size_t i = 0; i < routes_.size() && !given.empty(); ++i) {
    const std::vector<std::string_view>& pattern = patterns_[i].segments;
    if (!Matches(pattern, given)) continue;
    const Route& route = routes_[i];
    if (route.method == asked) {
      match.route = &route;
      for (size_t s = 0; s < pattern.size(); ++s)
        if (Captures(pattern[s])) match.captured.emplace_back(given[s]);
      return match;
    }
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += route.method;
    match.path_is_open = route.open;
    if (route.method == "GET") match.allow += ", HEAD";
  }
  return match;
}

}  // namespace jobgate
