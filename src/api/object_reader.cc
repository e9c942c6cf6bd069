#include "src/api/object_reader.h"

#include <algorithm>

namespace jobgate {
namespace {

constexpr size_t kErrorsShown = 3;

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool IsControlInText(char c) {
  return IsControl(c) && c != '\n' && c != '\r' && c != '\t';
}

std::string PointerOf(std::string_view key) {
  return "/" + PointerToken(key);
}

std::string Joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string(word);
  return text;
}

std::string Summary(const std::vector<FieldError>& errors) {
  std::string text;
  for (size_t i = 0; i < errors.size() && i < kErrorsShown; ++i) {
    if (i > 0) text += "; ";
    if (!errors[i].pointer.empty()) text += errors[i].pointer + ": ";
    text += errors[i].detail;
  }
  if (errors.size() > kErrorsShown)
    text += "; and " + std::to_string(errors.size() - kErrorsShown) + " more";
  return text;
}

std::optional<int64_t> WholeNumber(const Json& value) {
  if (value.is_number_unsigned()) {
    const uint64_t number = value.get<uint64_t>();
    if (number > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<int64_t>();
  return std::nullopt;
}

}  // namespace

ObjectReader::ObjectReader(const Json& body) : body_(body) {
  if (!body.is_object()) Report("", "must be a JSON object");
}

const Json* ObjectReader::Find(const char* key) {
  known_.emplace_back(key);
  if (!body_.is_object()) return nullptr;
  auto it = body_.find(key);
  return it == body_.end() || it->is_null() ? nullptr : &*it;
}

std::optional<std::string> ObjectReader::Text(const char* key, size_t bytes_max) {
  const Json* value = Find(key);
  if (!value) return std::nullopt;
  const std::string* text = value->get_ptr<const std::string*>();
  if (!text) {
    Report(PointerOf(key), "must be a string");
  } else if (text->empty() || text->size() > bytes_max) {
    Report(PointerOf(key), "must have 1 to " + std::to_string(bytes_max) + " bytes");
  } else if (std::ranges::any_of(*text, IsControl)) {
    Report(PointerOf(key), "must not contain control characters");
  } else {
    return *text;
  }
  return std::nullopt;
}

std::string ObjectReader::Prose(const char* key, size_t bytes_max) {
  const Json* value = Find(key);
  if (!value) return {};
  const std::string* text = value->get_ptr<const std::string*>();
  if (!text) {
    Report(PointerOf(key), "must be a string");
  } else if (text->size() > bytes_max) {
    Report(PointerOf(key), "must have at most " + std::to_string(bytes_max) + " bytes");
  } else if (std::ranges::any_of(*text, IsControlInText)) {
    Report(PointerOf(key), "must not contain control characters other than line breaks and tabs");
  } else {
    return *text;
  }
  return {};
}

std::optional<int64_t> ObjectReader::Integer(const char* key, int64_t min, int64_t max) {
  const Json* value = Find(key);
  if (!value) return std::nullopt;
  const std::optional<int64_t> number = WholeNumber(*value);
  if (number && *number >= min && *number <= max) return number;
  Report(PointerOf(key),
         "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return std::nullopt;
}

bool ObjectReader::Flag(const char* key) {
  const Json* value = Find(key);
  if (!value) return false;
  if (value->is_boolean()) return value->get<bool>();
  Report(PointerOf(key), "must be true or false");
  return false;
}

const Json* ObjectReader::Any(const char* key) {
  return Find(key);
}

void ObjectReader::Require(const char* key) {
  if (body_.is_object() && (!body_.contains(key) || body_.at(key).is_null()))
    Report(PointerOf(key), "is required");
}

void ObjectReader::Report(std::string pointer, std::string detail) {
  errors_.push_back({std::move(pointer), std::move(detail)});
}

Result<void> ObjectReader::Finish() {
  if (body_.is_object()) {
    for (const auto& [key, value] : body_.items())
      if (std::ranges::find(known_, key) == known_.end())
        Report(PointerOf(key), known_.empty() ? "is not known here; the body takes no keys"
                                              : "is not known; known are " + Joined(known_));
  }
  if (errors_.empty()) return {};
  Error error{Code::kInvalidArgument, Summary(errors_)};
  error.fields = std::move(errors_);
  return Fail(std::move(error));
}

}  // namespace jobgate
