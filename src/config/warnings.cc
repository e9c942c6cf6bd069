#include "src/config/warnings.h"

#include <algorithm>

namespace jobgate {
namespace {

bool IsAscii(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

// `at` is the section or the gate that sets labels itself.
void LookAtLabels(const Json& rules, const std::string& at, std::vector<FieldError>& warnings) {
  for (const char* key : {"approveLabels", "rejectLabels"}) {
    if (!rules.is_object() || !rules.contains(key)) continue;
    for (size_t i = 0; i < rules[key].size(); ++i) {
      const std::string label = rules[key][i].get<std::string>();
      if (!IsAscii(label))
        warnings.push_back(
            {at + "/" + key + "/" + std::to_string(i),
             "the label " + label +
                 " counts only as it is written here: the case of letters beyond a-z is compared"});
    }
  }
}

}  // namespace

std::vector<FieldError> WarningsOf(const Config& config) {
  std::vector<FieldError> warnings;
  const Json& settings = config.effective;
  LookAtLabels(settings.at("approval"), "/approval", warnings);
  for (const auto& [name, entrypoint] : settings.at("entrypoints").items()) {
    if (!entrypoint.contains("steps")) continue;
    for (size_t i = 0; i < entrypoint["steps"].size(); ++i)
      LookAtLabels(entrypoint["steps"][i].value("gate", Json()),
                   "/entrypoints/" + name + "/steps/" + std::to_string(i) + "/gate", warnings);
  }
  return warnings;
}

}  // namespace jobgate
