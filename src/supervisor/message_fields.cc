#include "src/supervisor/message_fields.h"

#include <limits>

#include "src/supervisor/text.h"

namespace jobgate::wire {
namespace {

constexpr int64_t kDurationMsMax = int64_t{1000} * 60 * 60 * 24 * 3650;
constexpr int64_t kSizeMax = int64_t{1} << 53;
constexpr int kIntMax = std::numeric_limits<int>::max();
constexpr size_t kIdsMax = 50'000;

bool HasNul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

}  // namespace

Json JsonBytes(const std::string& bytes) {
  if (!HasNul(bytes) && IsUtf8(bytes)) return bytes;
  return Json{{"hex", ToHex(bytes)}};
}

void MessageFields::Wrong(const char* key) {
  if (!wrong_) wrong_ = key;
}

const Json* MessageFields::Find(const char* key) {
  const auto found = object_.find(key);
  if (found != object_.end()) return &*found;
  Wrong(key);
  return nullptr;
}

const Json& MessageFields::List(const char* key) {
  static const Json kNone = Json::array();
  const Json* value = Find(key);
  if (value != nullptr && value->is_array()) return *value;
  Wrong(key);
  return kNone;
}

int64_t MessageFields::Integer(const Json& value, const char* key, int64_t min, int64_t max) {
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t{kSizeMax});
  const int64_t number = fits ? value.get<int64_t>() : min - 1;
  if (number >= min && number <= max) return number;
  Wrong(key);
  return min;
}

int MessageFields::Small(const char* key, int min) {
  const Json* value = Find(key);
  return value == nullptr ? min : static_cast<int>(Integer(*value, key, min, kIntMax));
}

int64_t MessageFields::Size(const char* key) {
  const Json* value = Find(key);
  return value == nullptr ? 0 : Integer(*value, key, 0, kSizeMax);
}

Duration MessageFields::Millis(const char* key) {
  const Json* value = Find(key);
  return Duration(value == nullptr ? 0 : Integer(*value, key, 0, kDurationMsMax));
}

std::string MessageFields::Bytes(const char* key) {
  const Json* value = Find(key);
  return value == nullptr ? std::string() : BytesIn(*value, key);
}

std::optional<std::string> MessageFields::OptionalBytes(const char* key) {
  if (!object_.contains(key)) return std::nullopt;
  return Bytes(key);
}

std::vector<std::string> MessageFields::BytesList(const char* key) {
  std::vector<std::string> values;
  for (const Json& value : List(key)) values.push_back(BytesIn(value, key));
  return values;
}

std::vector<std::string> MessageFields::CStrings(const char* key) {
  std::vector<std::string> values;
  for (const Json& value : List(key)) values.push_back(CStringIn(value, key));
  return values;
}

std::string MessageFields::Path(const char* key) {
  std::string path = Bytes(key);
  if (!path.starts_with('/') || HasNul(path)) Wrong(key);
  return path;
}

std::map<std::string, std::string> MessageFields::Environment(const char* key) {
  std::map<std::string, std::string> values;
  const Json* object = Find(key);
  if (object == nullptr || !object->is_object()) {
    Wrong(key);
    return values;
  }
  for (const auto& [name, value] : object->items()) {
    if (name.empty() || name.find('=') != std::string::npos) Wrong(key);
    values[name] = CStringIn(value, key);
  }
  return values;
}

AttemptId MessageFields::Id() {
  const Json* value = Find("id");
  return value == nullptr ? AttemptId{} : IdIn(*value, "id");
}

std::vector<AttemptId> MessageFields::Ids(const char* key) {
  std::vector<AttemptId> ids;
  const Json& list = List(key);
  if (list.size() > kIdsMax) {
    Wrong(key);
    return ids;
  }
  for (const Json& value : list) ids.push_back(IdIn(value, key));
  return ids;
}

ExitStatus MessageFields::Status() {
  const Json* value = Find("status");
  if (value == nullptr || !value->is_object() || value->size() != 1) {
    Wrong("status");
    return Exited{};
  }
  MessageFields how(*value);
  ExitStatus status = how.StatusIn();
  if (how.wrong_) Wrong("status");
  return status;
}

ExitStatus MessageFields::StatusIn() {
  if (object_.contains("exited")) return Exited{Small("exited", 0)};
  if (object_.contains("signaled")) return Signaled{Small("signaled", 1)};
  if (object_.contains("timedOut")) return TimedOut{Small("timedOut", 1)};
  return SpawnFailed{Bytes("spawnFailed")};
}

std::string MessageFields::BytesIn(const Json& value, const char* key) {
  if (value.is_string()) return value.get<std::string>();
  std::string bytes;
  const bool hex = value.is_object() && value.size() == 1 && value.contains("hex") &&
                   value["hex"].is_string() &&
                   FromHex(value["hex"].get_ref<const std::string&>(), bytes);
  if (!hex) Wrong(key);
  return bytes;
}

std::string MessageFields::CStringIn(const Json& value, const char* key) {
  std::string text = BytesIn(value, key);
  if (HasNul(text)) Wrong(key);
  return text;
}

AttemptId MessageFields::IdIn(const Json& value, const char* key) {
  if (!value.is_array() || value.size() != 2 || !value[0].is_string()) {
    Wrong(key);
    return {};
  }
  AttemptId id{value[0].get<std::string>(), static_cast<int>(Integer(value[1], key, 1, kIntMax))};
  if (id.job_id.empty()) Wrong(key);
  return id;
}

}  // namespace jobgate::wire
