#include "src/cli/view/sections.h"

#include <algorithm>

#include "src/cli/text.h"

namespace jobgate {

std::string Facts(const std::vector<Fact>& facts, const Look& look, int name_width) {
  for (const auto& [name, value] : facts)
    if (!value.empty()) name_width = std::max(name_width, DisplayWidth(name));
  std::string text;
  for (const auto& [name, value] : facts) {
    if (value.empty()) continue;
    const std::string padding(static_cast<size_t>(name_width - DisplayWidth(name)) + 2, ' ');
    std::string shown = OneLine(value);
    if (look.columns > 0 && !IsJobId(shown))
      shown = Shorten(shown, std::max(8, look.columns - name_width - 4));
    text += "  " + Paint(look, Color::kDim, name) + padding + shown + "\n";
  }
  return text;
}

std::string Section(const std::string& title, const std::string& body, const Look& look) {
  if (body.empty()) return "";
  std::string text = "\n" + Paint(look, Color::kBold, title) + "\n";
  for (size_t at = 0; at < body.size();) {
    const size_t end = std::min(body.find('\n', at), body.size());
    text += "  " + body.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return text;
}

std::string MomentInFull(std::optional<Time> at, const Look& look) {
  if (!at) return "";
  return RelativeTime(look.now, *at) + " (" + FormatTime(*at) + ")";
}

}  // namespace jobgate
