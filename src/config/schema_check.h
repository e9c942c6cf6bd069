// One check of one JSON value against a JsonSchema: the rules of the keywords.
// Lives for one check on one thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"
#include "src/config/json_schema.h"

namespace jobgate {

// The way from the root to a value, kept on the stack and written out only for a problem.
struct SchemaPath {
  const SchemaPath* parent = nullptr;  // absent: the root, whose `key` is a whole prefix
  std::string_view key = {};
  size_t index = 0;  // of an array's item, where `key` has no data
  std::string Pointer() const;
};

struct SchemaProblem {
  FieldError field;
  bool of_type = false;  // the value has another type than the node allows
};

bool IsTypeName(std::string_view name);

class SchemaCheck {
 public:
  // Without `problems` a check ends at the first wrong place.
  SchemaCheck(const JsonSchema& schema, std::vector<SchemaProblem>* problems)
      : schema_(schema), problems_(problems) {}

  // Whether `value` fits `node`, which is part of the schema.
  bool Check(const Json& node, const Json& value, const SchemaPath& path);

 private:
  // The node that is being checked, and the value that it is checked against.
  struct At {
    const Json& node;
    const Json& value;
    const SchemaPath& path;
  };
  using Rule = bool (SchemaCheck::*)(const Json& argument, const At& at);
  struct NamedRule {
    std::string_view keyword;
    Rule rule;
  };
  static const NamedRule* FindRule(std::string_view keyword);

  bool Type(const Json& types, const At& at);
  bool Enum(const Json& allowed, const At& at);
  bool Const(const Json& wanted, const At& at);
  bool Minimum(const Json& bound, const At& at);
  bool Maximum(const Json& bound, const At& at);
  bool ExclusiveMinimum(const Json& bound, const At& at);
  bool ExclusiveMaximum(const Json& bound, const At& at);
  bool MultipleOf(const Json& divisor, const At& at);
  bool MinLength(const Json& bound, const At& at);
  bool MaxLength(const Json& bound, const At& at);
  bool Pattern(const Json& pattern, const At& at);
  bool FormatOf(const Json& name, const At& at);
  bool Items(const Json& schemas, const At& at);
  bool Contains(const Json& wanted, const At& at);
  bool MinItems(const Json& bound, const At& at);
  bool MaxItems(const Json& bound, const At& at);
  bool UniqueItems(const Json& unique, const At& at);
  bool Properties(const Json& properties, const At& at);
  bool PatternProperties(const Json& patterns, const At& at);
  bool AdditionalProperties(const Json& rest, const At& at);
  bool PropertyNames(const Json& wanted, const At& at);
  bool Required(const Json& names, const At& at);
  bool Dependencies(const Json& dependencies, const At& at);
  bool MinProperties(const Json& bound, const At& at);
  bool MaxProperties(const Json& bound, const At& at);
  bool AllOf(const Json& branches, const At& at);
  bool AnyOf(const Json& branches, const At& at);
  bool OneOf(const Json& branches, const At& at);
  bool Not(const Json& unwanted, const At& at);
  bool If(const Json& condition, const At& at);

  bool Wrong(const SchemaPath& path, std::string detail);
  bool Fits(const Json& node, const Json& value, const SchemaPath& path) const;
  bool GoesOn(bool valid) const;
  bool IsDeclared(const std::string& name, const Json& node) const;
  std::string UnknownMember(const std::string& name, const At& at) const;
  bool ReportBranches(const std::vector<std::vector<SchemaProblem>>& branches, const At& at);

  const JsonSchema& schema_;
  std::vector<SchemaProblem>* const problems_;
};

}  // namespace jobgate
