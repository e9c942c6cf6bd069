#include "src/cli/sse.h"

namespace jobgate {
namespace {

constexpr size_t kLineBytesMax = 16u << 20;

}  // namespace

bool SseParser::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (line_.size() > kLineBytesMax) return false;
    if (end == std::string_view::npos) return true;
    bytes.remove_prefix(end + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    const bool more = TakeLine(line_);
    line_.clear();
    if (!more) return false;
  }
  return true;
}

bool SseParser::TakeLine(std::string_view line) {
  if (line.empty()) return Dispatch();
  if (line.front() == ':') return true;
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id") current_.id = value;
  if (field == "event") current_.event = value;
  if (field == "data") {
    if (has_data_) current_.data += '\n';
    current_.data += value;
    has_data_ = true;
  }
  return true;
}

bool SseParser::Dispatch() {
  const bool wanted = !has_data_ || on_event_(current_);
  current_.event.clear();
  current_.data.clear();
  has_data_ = false;
  return wanted;
}

}  // namespace jobgate
