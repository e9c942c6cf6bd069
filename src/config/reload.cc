#include "src/config/reload.h"

#include <set>

#include "src/base/digest.h"

namespace jobgate {
namespace {

constexpr const char* kOnlyAtStart[] = {"/store/type", "/store/path", "/http/listen"};

Json Shown(const Json& value) {
  const std::string text = Canonical(value);
  if (text.size() <= kChangedValueBytesMax) return value;
  return std::to_string(text.size()) + " bytes, SHA-256 " + Sha256Hex(text).substr(0, 12);
}

class Comparison {
 public:
  void Compare(const Json& before, const Json& after, const std::string& pointer) {
    if (before == after) return;
    if (before.is_object() && after.is_object()) return CompareMembers(before, after, pointer);
    if (changes_.list.size() == kConfigChangesMax) {
      ++changes_.omitted;
      return;
    }
    changes_.list.push_back({{"pointer", pointer}, {"old", Shown(before)}, {"new", Shown(after)}});
  }
  ConfigChanges Take() { return std::move(changes_); }

 private:
  void CompareMembers(const Json& before, const Json& after, const std::string& pointer) {
    std::set<std::string> names;
    for (const Json* side : {&before, &after})
      for (const auto& [name, unused] : side->items()) names.insert(name);
    for (const std::string& name : names)
      Compare(before.contains(name) ? before[name] : Json(),
              after.contains(name) ? after[name] : Json(), pointer + "/" + PointerToken(name));
  }

  ConfigChanges changes_;
};

}  // namespace

NextConfig NextConfigOf(const Config& in_use, const Config& file) {
  Config next = file;
  next.store = in_use.store;
  next.http.host = in_use.http.host;
  next.http.port = in_use.http.port;
  std::vector<std::string> needs_restart;
  for (const char* pointer : kOnlyAtStart) {
    const Json::json_pointer at(pointer);
    if (next.effective.at(at) == in_use.effective.at(at)) continue;
    next.effective.at(at) = in_use.effective.at(at);
    needs_restart.emplace_back(pointer);
  }
  return {std::make_shared<const Config>(std::move(next)), std::move(needs_restart)};
}

ConfigChanges ChangesBetween(const Json& before, const Json& after) {
  Comparison comparison;
  comparison.Compare(before, after, "");
  return comparison.Take();
}

}  // namespace jobgate
