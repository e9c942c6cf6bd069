#include "approvals/github/link_header.h"

#include <charconv>

namespace jobgate::github {
namespace {

// Where `page=` begins in the query; npos where it does not.
size_t PagePlace(std::string_view url) {
  for (size_t at = url.find('?'); at != std::string_view::npos; at = url.find('&', at + 1))
    if (url.substr(at + 1).starts_with("page=")) return at + 1;
  return std::string_view::npos;
}

}  // namespace

std::optional<std::string> NextLink(std::string_view header) {
  while (true) {
    const size_t open = header.find('<');
    const size_t close = header.find('>', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return std::nullopt;
    const std::string_view target = header.substr(open + 1, close - open - 1);
    header.remove_prefix(close + 1);
    const std::string_view parameters = header.substr(0, header.find('<'));
    if (parameters.find("rel=\"next\"") != std::string_view::npos) return std::string(target);
  }
}

std::optional<int> PageOf(std::string_view url) {
  const size_t place = PagePlace(url);
  if (place == std::string_view::npos) return std::nullopt;
  std::string_view text = url.substr(place + 5);
  text = text.substr(0, text.find('&'));
  int page = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), page);
  if (error != std::errc() || end != text.data() + text.size() || page < 1) return std::nullopt;
  return page;
}

std::string WithPage(std::string_view url, int page) {
  const std::string wanted = "page=" + std::to_string(page);
  const size_t place = PagePlace(url);
  if (place == std::string_view::npos)
    return std::string(url) + (url.find('?') == std::string_view::npos ? "?" : "&") + wanted;
  const size_t end = url.find('&', place);
  return std::string(url.substr(0, place)) + wanted +
         (end == std::string_view::npos ? "" : std::string(url.substr(end)));
}

}  // namespace jobgate::github
