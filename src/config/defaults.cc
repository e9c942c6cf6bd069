#include "src/config/defaults.h"

#include <regex>
#include <string>
#include <utility>

namespace jobgate {
namespace {

class Filler {
 public:
  explicit Filler(const Json& root) : root_(root) {}

  void Fill(const Json& schema, Json& value) const {
    const Json& node = Resolved(schema);
    if (!node.is_object()) return;
    if (value.is_object()) FillMembers(node, value);
    if (value.is_array() && node.contains("items"))
      for (Json& item : value) Fill(node["items"], item);
  }

 private:
  const Json& Resolved(const Json& schema) const {
    const auto ref = schema.is_object() ? schema.find("$ref") : schema.end();
    if (!schema.is_object() || ref == schema.end()) return schema;
    return root_.at(Json::json_pointer(ref->get_ref<const std::string&>().substr(1)));
  }

  void FillMembers(const Json& node, Json& value) const {
    if (const auto properties = node.find("properties"); properties != node.end())
      for (const auto& [name, property] : properties->items()) FillMember(property, name, value);
    const auto patterns = node.find("patternProperties");
    if (patterns == node.end()) return;
    for (const auto& [pattern, property] : patterns->items()) {
      const std::regex compiled(pattern);
      for (const auto& [name, child] : value.items())
        if (std::regex_search(name, compiled)) Fill(property, child);
    }
  }

  void FillMember(const Json& property, const std::string& name, Json& value) const {
    const Json& node = property.contains("default") ? property : Resolved(property);
    if (!value.contains(name)) {
      if (!node.contains("default")) return;
      value[name] = node["default"];
    }
    Fill(property, value[name]);
  }

  const Json& root_;
};

}  // namespace

Json WithDefaults(const Json& schema, Json value) {
  Filler(schema).Fill(schema, value);
  return value;
}

}  // namespace jobgate
