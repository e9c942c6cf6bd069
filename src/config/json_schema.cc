#include "src/config/json_schema.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include "src/base/check.h"
#include "src/config/schema_check.h"

namespace jobgate {
namespace {

// What must stand behind a keyword.
enum class Argument {
  kNumber,
  kPositiveNumber,
  kCount,
  kBoolean,
  kString,
  kPattern,
  kReference,
  kNames,
  kTypes,
  kArray,
  kSchema,
  kSchemas,
  kSchemaOrSchemas,
  kSchemaByName,
  kSchemaByPattern,
  kDependencies,
};

struct Keyword {
  std::string_view name;
  Argument argument;
};

// Their schemas are checked against the same value, so that they must not lead back.
constexpr std::array<std::string_view, 9> kOfSameValue = {
    "$ref", "allOf", "anyOf", "dependencies", "else", "if", "not", "oneOf", "then"};

constexpr std::array kKeywords = {
    Keyword{"$ref", Argument::kReference},
    Keyword{"additionalItems", Argument::kSchema},
    Keyword{"additionalProperties", Argument::kSchema},
    Keyword{"allOf", Argument::kSchemas},
    Keyword{"anyOf", Argument::kSchemas},
    Keyword{"contains", Argument::kSchema},
    Keyword{"definitions", Argument::kSchemaByName},
    Keyword{"dependencies", Argument::kDependencies},
    Keyword{"description", Argument::kString},
    Keyword{"else", Argument::kSchema},
    Keyword{"enum", Argument::kArray},
    Keyword{"exclusiveMaximum", Argument::kNumber},
    Keyword{"exclusiveMinimum", Argument::kNumber},
    Keyword{"format", Argument::kString},
    Keyword{"if", Argument::kSchema},
    Keyword{"items", Argument::kSchemaOrSchemas},
    Keyword{"maxItems", Argument::kCount},
    Keyword{"maxLength", Argument::kCount},
    Keyword{"maxProperties", Argument::kCount},
    Keyword{"maximum", Argument::kNumber},
    Keyword{"minItems", Argument::kCount},
    Keyword{"minLength", Argument::kCount},
    Keyword{"minProperties", Argument::kCount},
    Keyword{"minimum", Argument::kNumber},
    Keyword{"multipleOf", Argument::kPositiveNumber},
    Keyword{"not", Argument::kSchema},
    Keyword{"oneOf", Argument::kSchemas},
    Keyword{"pattern", Argument::kPattern},
    Keyword{"patternProperties", Argument::kSchemaByPattern},
    Keyword{"properties", Argument::kSchemaByName},
    Keyword{"propertyNames", Argument::kSchema},
    Keyword{"required", Argument::kNames},
    Keyword{"then", Argument::kSchema},
    Keyword{"type", Argument::kTypes},
    Keyword{"uniqueItems", Argument::kBoolean},
};

// libstdc++'s breadth-first executor on a whole match is linear in the text and does not
// recurse; the default one is exponential for some patterns and overflows the stack.
std::regex CompilePattern(const std::string& pattern) {
  const auto flags =
      std::regex::ECMAScript | std::regex::nosubs | std::regex_constants::__polynomial;
  const std::regex alone(pattern, flags);  // so that ")(" is refused
  return std::regex("[\\s\\S]*(?:" + pattern + ")[\\s\\S]*", flags);
}

// Visits every node: checks what stands behind the keywords and compiles the patterns.
class Preparation {
 public:
  explicit Preparation(std::map<std::string, std::regex>& patterns) : patterns_(patterns) {}

  std::vector<FieldError> Run(const Json& schema) {
    Visit(schema, "");
    for (const auto& [pointer, target] : references_) {
      if (!nodes_.contains(target))
        Report(pointer, "names no schema in this document");
      else
        leads_to_[pointer].insert(target);
    }
    if (problems_.empty()) RefuseCircles();
    return std::move(problems_);
  }

 private:
  void Report(std::string pointer, std::string detail) {
    problems_.push_back({std::move(pointer), std::move(detail)});
  }

  // A check that never gets to another value would never end.
  void RefuseCircles() {
    std::set<std::string> finished;
    std::set<std::string> open;
    const std::function<void(const std::string&)> follow = [&](const std::string& pointer) {
      if (open.contains(pointer)) Report(pointer, "refers to itself in a circle");
      if (open.contains(pointer) || finished.contains(pointer)) return;
      open.insert(pointer);
      for (const std::string& next : leads_to_[pointer]) follow(next);
      open.erase(pointer);
      finished.insert(pointer);
    };
    for (const std::string& pointer : nodes_) follow(pointer);
  }

  void Visit(const Json& node, const std::string& pointer) {
    nodes_.insert(pointer);
    if (node.is_boolean()) return;
    if (!node.is_object()) return Report(pointer, "must be a schema: an object, true or false");
    for (const auto& [name, argument] : node.items()) {
      const std::string where = pointer + "/" + name;
      if (name == "$id") Report(where, "is not supported");
      if (std::find(kOfSameValue.begin(), kOfSameValue.end(), name) != kOfSameValue.end())
        leads_to_[pointer].insert(where);
      for (const Keyword& keyword : kKeywords)
        if (keyword.name == name) CheckArgument(keyword.argument, argument, where);
    }
  }

  void CheckArgument(Argument kind, const Json& argument, const std::string& pointer) {
    switch (kind) {
      case Argument::kNumber:
        return Want(argument.is_number(), pointer, "a number");
      case Argument::kPositiveNumber:
        return Want(argument.is_number() && argument.get<double>() > 0, pointer,
                    "a number above 0");
      case Argument::kCount:
        return Want(argument.is_number() && argument.get<double>() >= 0, pointer,
                    "a number of at least 0");
      case Argument::kBoolean:
        return Want(argument.is_boolean(), pointer, "true or false");
      case Argument::kString:
        return Want(argument.is_string(), pointer, "a string");
      case Argument::kPattern:
        return AddPattern(argument, pointer);
      case Argument::kReference:
        return AddReference(argument, pointer);
      case Argument::kNames:
        return CheckNames(argument, pointer);
      case Argument::kTypes:
        return CheckTypes(argument, pointer);
      case Argument::kArray:
        return Want(argument.is_array(), pointer, "an array");
      case Argument::kSchema:
        return Visit(argument, pointer);
      case Argument::kSchemas:
        return VisitSchemas(argument, pointer);
      case Argument::kSchemaOrSchemas:
        return argument.is_array() ? VisitSchemas(argument, pointer) : Visit(argument, pointer);
      case Argument::kSchemaByName:
      case Argument::kSchemaByPattern:
      case Argument::kDependencies:
        return VisitMembers(kind, argument, pointer);
    }
  }

  void Want(bool right, const std::string& pointer, const char* what) {
    if (!right) Report(pointer, std::string("must be ") + what);
  }

  void AddPattern(const Json& pattern, const std::string& pointer) {
    if (!pattern.is_string()) return Report(pointer, "must be a string");
    const auto& text = pattern.get_ref<const std::string&>();
    if (patterns_.contains(text)) return;
    try {
      patterns_.emplace(text, CompilePattern(text));
    } catch (const std::regex_error& error) {
      Report(pointer, "is not a regular expression (ECMAScript without back references): " +
                          std::string(error.what()));
    }
  }

  void AddReference(const Json& ref, const std::string& pointer) {
    if (!ref.is_string() || !ref.get_ref<const std::string&>().starts_with("#"))
      return Report(pointer, "must begin with #: only this document can be referred to");
    references_.emplace_back(pointer, ref.get_ref<const std::string&>().substr(1));
  }

  void CheckNames(const Json& names, const std::string& pointer) {
    Want(names.is_array(), pointer, "an array of strings");
    for (const Json& name : names) Want(name.is_string(), pointer, "an array of strings");
  }

  void CheckTypes(const Json& types, const std::string& pointer) {
    const Json list = types.is_array() ? types : Json::array({types});
    for (const Json& type : list)
      Want(type.is_string() && IsTypeName(type.get_ref<const std::string&>()), pointer,
           "array, boolean, integer, null, number, object, string, or an array of these");
  }

  void VisitSchemas(const Json& schemas, const std::string& pointer) {
    if (!schemas.is_array()) return Report(pointer, "must be an array of schemas");
    for (size_t i = 0; i < schemas.size(); ++i) {
      const std::string where = pointer + "/" + std::to_string(i);
      leads_to_[pointer].insert(where);
      Visit(schemas[i], where);
    }
  }

  void VisitMembers(Argument kind, const Json& members, const std::string& pointer) {
    if (!members.is_object()) return Report(pointer, "must be an object");
    for (const auto& [name, member] : members.items()) {
      const std::string where = pointer + "/" + PointerToken(name);
      if (kind == Argument::kSchemaByPattern) AddPattern(name, where);
      if (kind == Argument::kDependencies) leads_to_[pointer].insert(where);
      if (kind == Argument::kDependencies && member.is_array())
        CheckNames(member, where);
      else
        Visit(member, where);
    }
  }

  std::map<std::string, std::regex>& patterns_;
  std::set<std::string> nodes_;                                  // pointers of all schemas
  std::map<std::string, std::set<std::string>> leads_to_;        // pointers, at the same value
  std::vector<std::pair<std::string, std::string>> references_;  // where, and to which pointer
  std::vector<FieldError> problems_;
};

}  // namespace

Result<std::shared_ptr<const JsonSchema>> JsonSchema::Compile(const Json& schema) {
  std::shared_ptr<JsonSchema> made(new JsonSchema(schema));
  std::vector<FieldError> problems = Preparation(made->patterns_).Run(made->text_);
  if (problems.empty()) return std::shared_ptr<const JsonSchema>(std::move(made));
  Error error{Code::kInvalidArgument, problems.front().pointer + ": " + problems.front().detail};
  error.fields = std::move(problems);
  return Fail(std::move(error));
}

std::vector<FieldError> JsonSchema::Check(const Json& value, std::string_view prefix) const {
  std::vector<SchemaProblem> problems;
  const SchemaPath root{.key = prefix};
  SchemaCheck(*this, &problems).Check(text_, value, root);
  std::vector<FieldError> errors;
  errors.reserve(problems.size());
  for (SchemaProblem& problem : problems) errors.push_back(std::move(problem.field));
  return errors;
}

const Json& JsonSchema::Referenced(const Json& ref) const {
  return text_.at(Json::json_pointer(ref.get_ref<const std::string&>().substr(1)));
}

bool JsonSchema::Matches(const std::string& pattern, const std::string& text) const {
  const auto compiled = patterns_.find(pattern);
  JOBGATE_CHECK(compiled != patterns_.end(), "every pattern was compiled with its schema");
  return std::regex_match(text, compiled->second);
}

}  // namespace jobgate
