#include "approvals/github/imprint.h"

#include <algorithm>

namespace jobgate::github {
namespace {

constexpr std::string_view kBegin = "<sub>jobgate · ", kHead = " · audit head ",
                           kOrigin = " · history ", kEnd = "</sub>";
constexpr std::string_view kMarkerBegin = "<!-- jobgate:", kMarkerEnd = " -->";
constexpr size_t kUlidLength = 26;

bool IsId(std::string_view text, std::string_view prefix) {
  return text.size() == prefix.size() + kUlidLength && text.starts_with(prefix) &&
         std::ranges::all_of(text.substr(prefix.size()), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

// Takes the last line off `text`.
std::string_view LastLine(std::string_view& text) {
  const size_t before = text.rfind('\n');
  const std::string_view line = before == text.npos ? text : text.substr(before + 1);
  text = before == text.npos ? "" : text.substr(0, before);
  return line;
}

// What stands in front of `end`, which is taken off `text` too; nothing where it is not there.
std::optional<std::string_view> Until(std::string_view& text, std::string_view end) {
  const size_t at = text.find(end);
  if (at == text.npos) return std::nullopt;
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at + end.size());
  return part;
}

}  // namespace

std::string MarkerOf(const std::string& message_id) {
  return std::string(kMarkerBegin) + message_id + std::string(kMarkerEnd);
}

std::string TextOf(const Imprint& imprint) {
  std::string text;
  text.append(kBegin).append(imprint.job_id).append(kHead).append(TextOf(imprint.head));
  text.append(kOrigin).append(imprint.origin).append(kEnd);
  return text + "\n" + MarkerOf(imprint.message_id) + "\n";
}

std::optional<Imprint> ImprintOf(std::string_view text) {
  // GitHub may take the last line break off.
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::string_view marker = LastLine(text), line = LastLine(text);
  if (!marker.starts_with(kMarkerBegin) || !line.starts_with(kBegin)) return std::nullopt;
  marker.remove_prefix(kMarkerBegin.size());
  line.remove_prefix(kBegin.size());
  const auto message = Until(marker, kMarkerEnd);
  const auto job = Until(line, kHead), head_text = Until(line, kOrigin), origin = Until(line, kEnd);
  if (!message || !job || !head_text || !origin || !marker.empty() || !line.empty())
    return std::nullopt;
  auto head = ParseChainHead(*head_text);
  if (!head || !IsId(*message, "msg_") || !IsId(*job, "job_") || !IsOrigin(*origin))
    return std::nullopt;
  return Imprint{JobId(*job), *std::move(head), std::string(*origin), std::string(*message)};
}

}  // namespace jobgate::github
