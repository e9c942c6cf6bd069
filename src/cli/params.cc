#include "src/cli/params.h"

#include <algorithm>
#include <cmath>

#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

// The types that a property's schema allows; empty where it says nothing.
std::vector<std::string> TypesOf(const Json& property) {
  const Json& type = At(property, "type");
  if (type.is_string()) return {type.get<std::string>()};
  return TextsAt(property, "type");
}

// The value among the schema's own `enum` that reads as `text`, for enums without a type.
const Json* EnumValue(const Json& property, const std::string& text) {
  for (const Json& value : ListAt(property, "enum"))
    if (Shown(value) == text) return &value;
  return nullptr;
}

bool Fits(const Json& value, const std::string& type) {
  if (type == "integer")
    return value.is_number() && std::trunc(value.get<double>()) == value.get<double>();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return false;
}

std::string Article(const std::string& type) {
  const bool vowel = std::string_view("aeio").find(type.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + type;
}

std::string Wanted(const std::vector<std::string>& types) {
  std::string words;
  for (const std::string& type : types)
    if (!type.empty()) words += (words.empty() ? "" : " or ") + Article(type);
  return words;
}

Result<Json> Typed(const std::string& name, const std::string& text, const Json& property) {
  if (const Json* value = EnumValue(property, text)) return *value;
  const std::vector<std::string> types = TypesOf(property);
  const auto parsed = ParseJson(text);
  if (parsed)
    for (const std::string& type : types)
      if (Fits(*parsed, type)) return *parsed;
  const bool may_be_text =
      types.empty() || std::find(types.begin(), types.end(), "string") != types.end();
  if (may_be_text) return Json(text);
  return FailField("/params/" + PointerToken(name), "'" + text + "' is not " + Wanted(types));
}

}  // namespace

Result<void> SetParam(Json& params, const std::string& assignment, const Json& schema) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos)
    return Fail(Code::kInvalidArgument,
                "-p " + assignment + " has no '=': write it as -p " + assignment + "=VALUE");
  if (equals == 0)
    return Fail(Code::kInvalidArgument, "-p " + assignment +
                                            " names no param: write it as NAME=VALUE, such as "
                                            "-p name" +
                                            assignment);
  if (!IsUtf8(assignment))
    return Fail(Code::kInvalidArgument,
                "-p " + assignment + ": these bytes are not UTF-8, which params have to be");
  const std::string name = assignment.substr(0, equals);
  auto value =
      Typed(name, assignment.substr(equals + 1), At(At(schema, "properties"), name.c_str()));
  if (!value) return tl::unexpected<Error>(value.error());
  params[name] = std::move(*value);
  return {};
}

Result<Json> ParseParams(const std::string& text, const std::string& source) {
  auto params = ParseJson(text);
  if (!params) {
    Error error = params.error();
    error.message = source + ": " + error.message;
    return Fail(std::move(error));
  }
  if (!params->is_object())
    return Fail(Code::kInvalidArgument, source +
                                            ": params are a JSON object, such as '{\"name\": "
                                            "\"Ada\"}'");
  return params;
}

}  // namespace jobgate
