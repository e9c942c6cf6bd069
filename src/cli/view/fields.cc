#include "src/cli/view/fields.h"

#include <cmath>

#include "src/cli/text.h"

namespace jobgate {

const Json& At(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string Shown(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : Canonical(value);
}

std::string TextAt(const Json& object, const char* key) {
  return Shown(At(object, key));
}

std::optional<int64_t> NumberAt(const Json& object, const char* key) {
  const Json& value = At(object, key);
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_number_float() || std::abs(value.get<double>()) > 9e15) return std::nullopt;
  return static_cast<int64_t>(value.get<double>());
}

int64_t CountAt(const Json& object, const char* key) {
  return NumberAt(object, key).value_or(0);
}

double DecimalAt(const Json& object, const char* key) {
  const Json& value = At(object, key);
  return value.is_number() ? value.get<double>() : 0;
}

bool FlagAt(const Json& object, const char* key) {
  const Json& value = At(object, key);
  return value.is_boolean() && value.get<bool>();
}

std::optional<Time> TimeAt(const Json& object, const char* key) {
  const Json& value = At(object, key);
  if (!value.is_string()) return std::nullopt;
  return ParseTime(value.get_ref<const std::string&>());
}

std::vector<std::string> TextsAt(const Json& object, const char* key) {
  std::vector<std::string> texts;
  for (const Json& item : ListAt(object, key)) texts.push_back(Shown(item));
  return texts;
}

const Json& ListAt(const Json& object, const char* key) {
  static const Json kNone = Json::array();
  const Json& value = At(object, key);
  return value.is_array() ? value : kNone;
}

bool IsStopByDrain(const std::string& reason) {
  return reason.starts_with("stopped by a drain");
}

std::string ValueInWords(const Json& value) {
  return value.is_null() ? "nothing" : Canonical(value);
}

std::string IssueInWords(const Json& of) {
  const Json& id = At(of, "issueId");
  std::string url = TextAt(of, "issueUrl");
  return url.empty() && id.is_number() ? "#" + id.dump() : url;
}

std::string StopInWords(const Json& stop) {
  const std::string as = TextAt(stop, "as");
  if (as.empty()) return "";
  if (as == "interrupted") return "being stopped by a drain";
  return (as == "failed" ? "being ended as failed by " : "being " + as + " by ") +
         TextAt(stop, "by");
}

std::string SlotsInWords(int64_t running, int64_t concurrent_max) {
  const std::string words = std::to_string(running) + " of " + std::to_string(concurrent_max);
  return running > concurrent_max ? words + " and express slots" : words;
}

std::string ProcessedInWords(const Json& worker) {
  const auto processed = NumberAt(worker, "processed");
  if (!processed) return "?";
  const int64_t succeeded = CountAt(worker, "succeeded");
  const int64_t failed = CountAt(worker, "failed");
  return Counted(*processed, "job") + " (" + std::to_string(succeeded) + " succeeded, " +
         std::to_string(failed) + " failed, " + std::to_string(*processed - succeeded - failed) +
         " canceled)";
}

std::string Digest12(const std::string& digest) {
  return digest.substr(0, 12);
}

}  // namespace jobgate
