#include "src/http/call.h"

#include <charconv>

namespace jobgate {

tl::unexpected<Error> BadQuery(std::string_view name, std::string detail) {
  return Fail(Code::kInvalidArgument,
              "query parameter '" + std::string(name) + "' " + std::move(detail));
}

std::optional<std::string> Call::Text(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

std::vector<std::string> Call::Texts(std::string_view name) const {
  std::vector<std::string> texts;
  for (const auto& [key, value] : query)
    if (key == name) texts.push_back(value);
  return texts;
}

Result<std::optional<int64_t>> Call::Integer(std::string_view name, int64_t min,
                                             int64_t max) const {
  const std::optional<std::string> text = Text(name);
  if (!text) return std::optional<int64_t>();
  int64_t number = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (text->empty() || read.ec != std::errc() || read.ptr != end || number < min || number > max)
    return BadQuery(
        name, "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return std::optional<int64_t>(number);
}

Result<bool> Call::Flag(std::string_view name) const {
  const std::optional<std::string> text = Text(name);
  if (!text || *text == "false") return false;
  if (*text == "true" || text->empty()) return true;
  return BadQuery(name, "must be true or false");
}

Result<Json> Call::Body(bool required) const {
  if (!body.empty()) return ParseJson(body, kJsonDepthMaxAround);
  if (required) return FailField("", "a JSON body is required");
  return Json::object();
}

}  // namespace jobgate
