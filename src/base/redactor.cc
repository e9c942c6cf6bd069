#include "src/base/redactor.h"

#include <algorithm>

#include "src/base/json.h"

namespace jobgate {
namespace {

constexpr std::string_view kMark = "[redacted]";

size_t ByteOf(char c) {
  return static_cast<unsigned char>(c);
}

// As it stands inside a JSON text.
std::string Escaped(const std::string& value) {
  const std::string quoted = Canonical(Json(value));
  return quoted.substr(1, quoted.size() - 2);
}

// REQUIRES: `json` was parsed within kJsonDepthMaxAround.
Json RedactedValue(const Json& json, const std::vector<std::string>& values) {
  if (json.is_string()) return Redacted(json.get_ref<const std::string&>(), values);
  if (json.is_array()) {
    Json redacted = Json::array();
    for (const Json& item : json) redacted.push_back(RedactedValue(item, values));
    return redacted;
  }
  if (json.is_object()) {
    Json redacted = Json::object();
    for (const auto& [key, value] : json.items())
      redacted[Redacted(key, values)] = RedactedValue(value, values);
    return redacted;
  }
  const std::string text = json.dump();
  std::string shown = Redacted(text, values);
  return shown == text ? json : Json(std::move(shown));
}

}  // namespace

Redactor::Redactor(std::vector<std::string> values) : values_(std::move(values)) {
  std::erase(values_, "");
  for (const std::string& value : values_) begins_value_[ByteOf(value[0])] = true;
}

void Redactor::Feed(std::string_view bytes, std::string& out) {
  if (!HasValues()) {
    out.append(bytes);
    return;
  }
  held_.append(bytes);
  Scan(false, out);
}

void Redactor::Finish(std::string& out) {
  Scan(true, out);
}

// Each position is decided once, with all bytes it depends on at hand, so that the output does not
// depend on where the chunks were cut. Values that overlap are replaced together.
void Redactor::Scan(bool ended, std::string& out) {
  size_t at = 0;
  size_t covered = covered_;
  for (; at < held_.size(); ++at) {
    size_t matched = 0;
    bool undecided = false;
    if (begins_value_[ByteOf(held_[at])]) {
      const std::string_view rest = std::string_view(held_).substr(at);
      for (const std::string& value : values_) {
        if (rest.starts_with(value)) matched = std::max(matched, value.size());
        undecided |= rest.size() < value.size() && std::string_view(value).starts_with(rest);
      }
    }
    if (undecided && !ended) break;
    if (matched > 0 && at >= covered) out.append(kMark);
    covered = std::max(covered, at + matched);
    if (at >= covered) out.push_back(held_[at]);
  }
  held_.erase(0, at);
  covered_ = covered > at ? covered - at : 0;
}

std::string Redacted(std::string_view text, const std::vector<std::string>& values) {
  Redactor redactor(values);
  std::string out;
  redactor.Feed(text, out);
  redactor.Finish(out);
  return out;
}

std::string RedactedJson(std::string_view text, const std::vector<std::string>& values) {
  if (values.empty()) return std::string(text);
  if (const auto json = ParseJson(text)) return Canonical(RedactedValue(*json, values));
  std::vector<std::string> spellings = values;
  for (const std::string& value : values) spellings.push_back(Escaped(value));
  return Redacted(text, spellings);
}

std::string RedactedPayload(std::string_view text, const std::vector<std::string>& values) {
  auto json = ParseJson(text, kJsonDepthMaxAround);
  if (!json || !json->is_object()) return RedactedJson(text, values);
  for (const auto& item : json->items()) item.value() = RedactedValue(item.value(), values);
  return Canonical(*json);
}

}  // namespace jobgate
