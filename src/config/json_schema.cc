#include "src/config/json_schema.h"

#include <array>
#include <exception>
#include <utility>

#include "src/base/check.h"
#include "src/config/schema_visitor.h"
#include "src/config/valijson.h"

namespace jobgate {
namespace {

constexpr std::array<std::string_view, 10> kRefusedKeywords = {
    "id",       "$id",          "if",      "then",          "else",
    "contains", "dependencies", "$schema", "propertyNames", "divisibleBy"};
constexpr std::array<std::string_view, 3> kMapsOfSchemas = {"properties", "patternProperties",
                                                            "definitions"};
constexpr std::array<std::string_view, 7> kSchemas = {
    "items", "additionalItems", "additionalProperties", "not", "allOf", "anyOf", "oneOf"};

// Linear in the text: libstdc++'s breadth-first executor on a whole match, instead of the
// recursive default, which is exponential for some patterns and overflows the stack.
std::regex CompilePattern(const std::string& pattern) {
  const auto flags =
      std::regex::ECMAScript | std::regex::nosubs | std::regex_constants::__polynomial;
  std::regex alone(pattern, flags);  // so that ")(" is refused
  return std::regex("[\\s\\S]*(?:" + pattern + ")[\\s\\S]*", flags);
}

// Visits every schema node: refuses what valijson 1.0 cannot compile soundly, compiles the
// patterns, and gives each node its index as title, by which a check finds its text again.
class Preparation {
 public:
  Preparation(std::vector<const Json*>& nodes, std::map<std::string, std::regex>& patterns,
              bool references)
      : nodes_(nodes), patterns_(patterns), references_(references) {}

  void Visit(Json& node, const std::string& pointer) {
    if (!node.is_object()) {
      if (!node.is_boolean()) Report(pointer, "must be a schema: an object, true or false");
      return;
    }
    RefuseKeywords(node, pointer);
    if (node.contains("pattern")) AddPattern(node["pattern"], pointer + "/pattern");
    for (std::string_view keyword : kMapsOfSchemas) VisitMap(node, std::string(keyword), pointer);
    for (std::string_view keyword : kSchemas) VisitSchemas(node, std::string(keyword), pointer);
    node["title"] = std::to_string(nodes_.size());
    nodes_.push_back(&node);
  }

  std::vector<FieldError>& problems() { return problems_; }

 private:
  void Report(std::string pointer, std::string detail) {
    problems_.push_back({std::move(pointer), std::move(detail)});
  }

  void RefuseKeywords(const Json& node, const std::string& pointer) {
    for (std::string_view keyword : kRefusedKeywords) {
      const bool at_root = keyword == "$schema" && pointer.empty();
      if (!at_root && node.contains(std::string(keyword)))
        Report(pointer + "/" + std::string(keyword), "this keyword is not supported");
    }
    const auto ref = node.find("$ref");
    if (ref != node.end() && !(references_ && IsDefinition(*ref)))
      Report(pointer + "/$ref", "references are not supported; write the schema out");
    const auto divisor = node.find("multipleOf");
    if (divisor != node.end() && !(divisor->is_number() && divisor->get<double>() > 0))
      Report(pointer + "/multipleOf", "must be a number above 0");
  }

  static bool IsDefinition(const Json& ref) {
    return ref.is_string() && ref.get_ref<const std::string&>().starts_with("#/definitions/");
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

  void VisitMap(Json& node, const std::string& keyword, const std::string& pointer) {
    const auto map = node.find(keyword);
    if (map == node.end()) return;
    if (!map->is_object()) return Report(pointer + "/" + keyword, "must be an object");
    for (auto& [name, child] : map->items()) {
      const std::string where = pointer + "/" + keyword + "/" + PointerToken(name);
      // valijson caches nodes by their unescaped path.
      if (keyword == "properties" && name.find('/') != std::string::npos)
        Report(where, "a property's name with / is not supported");
      if (keyword == "patternProperties") AddPattern(name, where);
      Visit(child, where);
    }
  }

  void VisitSchemas(Json& node, const std::string& keyword, const std::string& pointer) {
    const auto child = node.find(keyword);
    if (child == node.end()) return;
    const std::string where = pointer + "/" + keyword;
    if (!child->is_array()) return Visit(*child, where);
    for (size_t i = 0; i < child->size(); ++i) Visit((*child)[i], where + "/" + std::to_string(i));
  }

  std::vector<const Json*>& nodes_;
  std::map<std::string, std::regex>& patterns_;
  const bool references_;
  std::vector<FieldError> problems_;
};

tl::unexpected<Error> NotASchema(std::vector<FieldError> problems) {
  Error error{Code::kInvalidArgument, problems.front().pointer + ": " + problems.front().detail};
  error.fields = std::move(problems);
  return Fail(std::move(error));
}

}  // namespace

JsonSchema::JsonSchema() = default;
JsonSchema::~JsonSchema() = default;

Result<std::shared_ptr<const JsonSchema>> JsonSchema::Compile(const Json& schema,
                                                              References references) {
  std::shared_ptr<JsonSchema> made(new JsonSchema);
  made->annotated_ = schema;
  Preparation preparation(made->nodes_, made->patterns_, references == References::kDefinitions);
  preparation.Visit(made->annotated_, "");
  if (!preparation.problems().empty()) return NotASchema(std::move(preparation.problems()));
  try {
    made->compiled_ = std::make_unique<valijson::Schema>();
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(made->annotated_),
                          *made->compiled_);
  } catch (const std::exception& error) {
    return FailField("", std::string("is not a JSON Schema: ") + error.what());
  }
  return std::shared_ptr<const JsonSchema>(std::move(made));
}

std::vector<FieldError> JsonSchema::Check(const Json& value, std::string_view prefix) const {
  std::vector<SchemaProblem> problems;
  const SchemaPath root{.key = prefix};
  SchemaVisitor(*this, value, root, &problems).Check(*compiled_);
  std::vector<FieldError> errors;
  errors.reserve(problems.size());
  for (SchemaProblem& problem : problems) errors.push_back(std::move(problem.field));
  return errors;
}

const Json& JsonSchema::Node(const std::string& title) const {
  return *nodes_.at(std::stoul(title));
}

bool JsonSchema::Matches(const std::string& pattern, const std::string& text) const {
  const auto compiled = patterns_.find(pattern);
  JOBGATE_CHECK(compiled != patterns_.end(), "every pattern was compiled with its schema");
  return std::regex_match(text, compiled->second);
}

}  // namespace jobgate
