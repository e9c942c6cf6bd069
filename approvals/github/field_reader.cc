#include "approvals/github/field_reader.h"

namespace jobgate::github {

FieldReader::FieldReader(const Json& json) : json_(json) {
  if (!json.is_object()) Wrong("", "an object was expected");
}

void FieldReader::Wrong(const std::string& key, const std::string& wanted) {
  if (problem_.empty()) problem_ = key.empty() ? wanted : key + " " + wanted;
}

const Json* FieldReader::Find(const char* key) const {
  if (!json_.is_object()) return nullptr;
  const auto found = json_.find(key);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

int64_t FieldReader::Id(const char* key) {
  const Json* value = Find(key);
  // An unsigned number beyond int64_t would wrap.
  if (value && value->is_number_integer() &&
      !(value->is_number_unsigned() && value->get<uint64_t>() > INT64_MAX) &&
      value->get<int64_t>() > 0)
    return value->get<int64_t>();
  Wrong(key, "is no id");
  return 0;
}

std::string FieldReader::Text(const char* key) {
  const Json* value = Find(key);
  if (value && value->is_string()) return value->get<std::string>();
  Wrong(key, "is no text");
  return "";
}

std::string FieldReader::TextOrNull(const char* key) {
  return Find(key) ? Text(key) : "";
}

bool FieldReader::Flag(const char* key, bool missing) {
  const Json* value = Find(key);
  if (!value) return missing;
  if (value->is_boolean()) return value->get<bool>();
  Wrong(key, "is neither true nor false");
  return missing;
}

Time FieldReader::When(const char* key) {
  const Json* value = Find(key);
  const auto time =
      value && value->is_string() ? ParseTime(value->get_ref<const std::string&>()) : std::nullopt;
  if (!time) Wrong(key, "is no time");
  return time.value_or(Time());
}

const Json* FieldReader::Object(const char* key) {
  const Json* value = Find(key);
  if (value && !value->is_object()) Wrong(key, "is no object");
  return value && value->is_object() ? value : nullptr;
}

const Json* FieldReader::Array(const char* key) {
  const Json* value = Find(key);
  if (!value || !value->is_array()) Wrong(key, "is no list");
  return value && value->is_array() ? value : nullptr;
}

}  // namespace jobgate::github
