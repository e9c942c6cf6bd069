// Checks one JSON value against one compiled schema node; JsonSchema's inner part.
// A visitor lives for one check on one thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"
#include "src/config/json_schema.h"
#include "src/config/valijson.h"

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

class SchemaVisitor final : public valijson::constraints::ConstraintVisitor {
 public:
  // Without `problems` a check ends at the first wrong place.
  SchemaVisitor(const JsonSchema& schema, const Json& value, const SchemaPath& path,
                std::vector<SchemaProblem>* problems)
      : schema_(schema), value_(value), path_(path), problems_(problems) {}

  bool Check(const valijson::Subschema& node);

  bool visit(const AllOfConstraint&) override;
  bool visit(const AnyOfConstraint&) override;
  bool visit(const ConstConstraint&) override;
  bool visit(const EnumConstraint&) override;
  bool visit(const FormatConstraint&) override;
  bool visit(const LinearItemsConstraint&) override;
  bool visit(const MaximumConstraint&) override;
  bool visit(const MaxItemsConstraint&) override;
  bool visit(const MaxLengthConstraint&) override;
  bool visit(const MaxPropertiesConstraint&) override;
  bool visit(const MinimumConstraint&) override;
  bool visit(const MinItemsConstraint&) override;
  bool visit(const MinLengthConstraint&) override;
  bool visit(const MinPropertiesConstraint&) override;
  bool visit(const MultipleOfDoubleConstraint&) override;
  bool visit(const MultipleOfIntConstraint&) override;
  bool visit(const NotConstraint&) override;
  bool visit(const OneOfConstraint&) override;
  bool visit(const PatternConstraint&) override;
  bool visit(const PropertiesConstraint&) override;
  bool visit(const RequiredConstraint&) override;
  bool visit(const SingularItemsConstraint&) override;
  bool visit(const TypeConstraint&) override;
  bool visit(const UniqueItemsConstraint&) override;

  // JsonSchema::Compile refuses the keywords of these.
  bool visit(const ConditionalConstraint&) override { return true; }
  bool visit(const ContainsConstraint&) override { return true; }
  bool visit(const DependenciesConstraint&) override { return true; }
  bool visit(const PolyConstraint&) override { return true; }
  bool visit(const PropertyNamesConstraint&) override { return true; }

 private:
  bool Wrong(std::string detail);
  bool WrongMember(std::string_view name, std::string detail);
  bool CheckChild(const Json& child, const SchemaPath& path, const valijson::Subschema& node);
  bool CheckUnmatched(const PropertiesConstraint& constraint,
                      const std::vector<const Json*>& matched);
  bool ReportBranches(const std::vector<std::vector<SchemaProblem>>& branches);
  std::string UnknownMember(std::string_view name) const;

  const JsonSchema& schema_;
  const Json& value_;
  const SchemaPath& path_;
  std::vector<SchemaProblem>* problems_;
  const Json* text_ = nullptr;  // of the node being checked; absent for true and false
  std::optional<SchemaProblem> type_problem_;
};

}  // namespace jobgate
