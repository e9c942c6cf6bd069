#include "src/config/schema_visitor.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "src/config/formats.h"
#include "src/config/suggest.h"

namespace jobgate {
namespace {

using valijson::Subschema;
using valijson::constraints::TypeConstraint;

bool HasType(const Json& value, TypeConstraint::JsonType type) {
  switch (type) {
    case TypeConstraint::kAny:
      return true;
    case TypeConstraint::kArray:
      return value.is_array();
    case TypeConstraint::kBoolean:
      return value.is_boolean();
    case TypeConstraint::kInteger:
      return value.is_number_integer();
    case TypeConstraint::kNull:
      return value.is_null();
    case TypeConstraint::kNumber:
      return value.is_number();
    case TypeConstraint::kObject:
      return value.is_object();
    case TypeConstraint::kString:
      return value.is_string();
  }
  return false;
}

std::string WithArticle(std::string_view type) {
  if (type == "null") return "null";
  const bool vowel = type.starts_with("a") || type.starts_with("i") || type.starts_with("o");
  return (vowel ? "an " : "a ") + std::string(type);
}

std::string TypesText(const Json& types) {
  if (types.is_string()) return WithArticle(types.get_ref<const std::string&>());
  std::string text;
  for (size_t i = 0; i < types.size(); ++i) {
    if (i > 0) text += i + 1 == types.size() ? " or " : ", ";
    text += WithArticle(types[i].get_ref<const std::string&>());
  }
  return text;
}

// Long values are cut: the message names the place anyway.
std::string Shown(const Json& value) {
  constexpr size_t kShownMax = 200;
  std::string text = Canonical(value);
  if (text.size() > kShownMax) text = text.substr(0, kShownMax) + "…";
  return text;
}

std::string NumberText(double number) {
  if (std::floor(number) == number && std::abs(number) < 9e15)
    return std::to_string(static_cast<int64_t>(number));
  return Json(number).dump();
}

uint64_t CodePoints(const std::string& text) {
  return static_cast<uint64_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string Counted(uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

bool IsMultiple(double number, double divisor) {
  const double quotient = number / divisor;
  return std::abs(quotient - std::round(quotient)) <= 1e-9 * std::max(1.0, std::abs(quotient));
}

bool Satisfied(const std::vector<SchemaProblem>& problems) {
  return problems.empty();
}

bool OfAnotherType(const std::vector<SchemaProblem>& problems, const std::string& pointer) {
  return std::any_of(problems.begin(), problems.end(), [&](const SchemaProblem& problem) {
    return problem.of_type && problem.field.pointer == pointer;
  });
}

// "run or steps", where every branch does nothing but require members; else empty.
std::string RequiredNames(const Json& branches) {
  std::string names;
  for (const Json& branch : branches) {
    const auto required = branch.find("required");
    if (required == branch.end() || branch.size() != 2) return "";  // `required` and the title
    for (const Json& name : *required)
      names += (names.empty() ? "" : " or ") + name.get<std::string>();
  }
  return names;
}

}  // namespace

std::string SchemaPath::Pointer() const {
  if (parent == nullptr) return std::string(key);
  const std::string token = key.data() == nullptr ? std::to_string(index) : PointerToken(key);
  return parent->Pointer() + "/" + token;
}

bool SchemaVisitor::Check(const Subschema& node) {
  if (node.getAlwaysInvalid()) return Wrong("nothing is allowed here");
  text_ = node.hasTitle() ? &schema_.Node(node.getTitle()) : nullptr;
  type_problem_.reset();
  Subschema::ApplyFunction apply = [this](const valijson::constraints::Constraint& constraint) {
    return constraint.accept(*this);
  };
  if (problems_ == nullptr) return node.applyStrict(apply);
  const size_t before = problems_->size();
  const bool valid = node.apply(apply);
  if (type_problem_) {  // what else is wrong follows from the type
    problems_->erase(problems_->begin() + static_cast<std::ptrdiff_t>(before), problems_->end());
    problems_->push_back(*std::exchange(type_problem_, std::nullopt));
  }
  return valid;
}

bool SchemaVisitor::Wrong(std::string detail) {
  if (problems_ != nullptr && problems_->size() < JsonSchema::kProblemsMax)
    problems_->push_back({{path_.Pointer(), std::move(detail)}});
  return false;
}

bool SchemaVisitor::WrongMember(std::string_view name, std::string detail) {
  if (problems_ != nullptr && problems_->size() < JsonSchema::kProblemsMax)
    problems_->push_back({{SchemaPath{&path_, name}.Pointer(), std::move(detail)}});
  return false;
}

bool SchemaVisitor::CheckChild(const Json& child, const SchemaPath& path, const Subschema& node) {
  return SchemaVisitor(schema_, child, path, problems_).Check(node);
}

bool SchemaVisitor::visit(const TypeConstraint& constraint) {
  bool matches = false;
  constraint.applyToNamedTypes([&](TypeConstraint::JsonType type) {
    matches = HasType(value_, type);
    return !matches;
  });
  if (matches) return true;
  if (problems_ == nullptr) return false;
  type_problem_ = {{path_.Pointer(), "must be " + TypesText(text_->at("type")) + ", is " +
                                         WithArticle(value_.type_name())},
                   true};
  return false;
}

bool SchemaVisitor::visit(const EnumConstraint&) {
  const Json& allowed = text_->at("enum");
  if (std::find(allowed.begin(), allowed.end(), value_) != allowed.end()) return true;
  if (problems_ == nullptr) return false;
  std::string list;
  for (const Json& one : allowed) list += (list.empty() ? "" : ", ") + Shown(one);
  return Wrong((allowed.size() == 1 ? "must be " : "must be one of ") + list + "; is " +
               Shown(value_));
}

bool SchemaVisitor::visit(const ConstConstraint&) {
  const Json& wanted = text_->at("const");
  return value_ == wanted || Wrong("must be " + Shown(wanted));
}

bool SchemaVisitor::visit(const MinimumConstraint& constraint) {
  if (!value_.is_number()) return true;
  const double number = value_.get<double>();
  const double bound = constraint.getMinimum();
  if (constraint.getExclusiveMinimum())
    return number > bound || Wrong("must be more than " + NumberText(bound));
  return number >= bound || Wrong("must be at least " + NumberText(bound));
}

bool SchemaVisitor::visit(const MaximumConstraint& constraint) {
  if (!value_.is_number()) return true;
  const double number = value_.get<double>();
  const double bound = constraint.getMaximum();
  if (constraint.getExclusiveMaximum())
    return number < bound || Wrong("must be less than " + NumberText(bound));
  return number <= bound || Wrong("must be at most " + NumberText(bound));
}

bool SchemaVisitor::visit(const MultipleOfIntConstraint& constraint) {
  if (!value_.is_number()) return true;
  return IsMultiple(value_.get<double>(), static_cast<double>(constraint.getDivisor())) ||
         Wrong("must be a multiple of " + std::to_string(constraint.getDivisor()));
}

bool SchemaVisitor::visit(const MultipleOfDoubleConstraint& constraint) {
  if (!value_.is_number()) return true;
  return IsMultiple(value_.get<double>(), constraint.getDivisor()) ||
         Wrong("must be a multiple of " + NumberText(constraint.getDivisor()));
}

bool SchemaVisitor::visit(const MinLengthConstraint& constraint) {
  if (!value_.is_string()) return true;
  const uint64_t length = CodePoints(value_.get_ref<const std::string&>());
  return length >= constraint.getMinLength() ||
         Wrong(length == 0
                   ? "must not be empty"
                   : "must have at least " + Counted(constraint.getMinLength(), "character") +
                         ", has " + std::to_string(length));
}

bool SchemaVisitor::visit(const MaxLengthConstraint& constraint) {
  if (!value_.is_string()) return true;
  const uint64_t length = CodePoints(value_.get_ref<const std::string&>());
  return length <= constraint.getMaxLength() ||
         Wrong("must have at most " + Counted(constraint.getMaxLength(), "character") + ", has " +
               std::to_string(length));
}

bool SchemaVisitor::visit(const PatternConstraint&) {
  if (!value_.is_string()) return true;
  const auto& pattern = text_->at("pattern").get_ref<const std::string&>();
  return schema_.Matches(pattern, value_.get_ref<const std::string&>()) ||
         Wrong("must match the pattern " + pattern);
}

bool SchemaVisitor::visit(const FormatConstraint& constraint) {
  if (!value_.is_string()) return true;
  const Format* format = FindFormat(constraint.getFormat());
  return format == nullptr || format->fits(value_.get_ref<const std::string&>()) ||
         Wrong("must be a " + std::string(format->name) + " such as " +
               std::string(format->example));
}

bool SchemaVisitor::visit(const MinItemsConstraint& constraint) {
  return !value_.is_array() || value_.size() >= constraint.getMinItems() ||
         Wrong("must have at least " + Counted(constraint.getMinItems(), "item") + ", has " +
               std::to_string(value_.size()));
}

bool SchemaVisitor::visit(const MaxItemsConstraint& constraint) {
  return !value_.is_array() || value_.size() <= constraint.getMaxItems() ||
         Wrong("must have at most " + Counted(constraint.getMaxItems(), "item") + ", has " +
               std::to_string(value_.size()));
}

bool SchemaVisitor::visit(const UniqueItemsConstraint&) {
  if (!value_.is_array()) return true;
  std::vector<const Json*> items;
  items.reserve(value_.size());
  for (const Json& item : value_) items.push_back(&item);
  std::sort(items.begin(), items.end(), [](const Json* a, const Json* b) { return *a < *b; });
  const auto twice = std::adjacent_find(items.begin(), items.end(),
                                        [](const Json* a, const Json* b) { return *a == *b; });
  return twice == items.end() ||
         Wrong("each item may stand once; twice there is " + Shown(**twice));
}

bool SchemaVisitor::visit(const SingularItemsConstraint& constraint) {
  const Subschema* node = constraint.getItemsSubschema();
  if (!value_.is_array() || node == nullptr) return true;
  bool valid = true;
  for (size_t i = 0; i < value_.size() && (valid || problems_ != nullptr); ++i)
    valid = CheckChild(value_[i], SchemaPath{&path_, {}, i}, *node) && valid;
  return valid;
}

bool SchemaVisitor::visit(const LinearItemsConstraint& constraint) {
  if (!value_.is_array()) return true;
  bool valid = true;
  constraint.applyToItemSubschemas([&](unsigned int i, const Subschema* node) {
    if (i >= value_.size()) return false;
    valid = CheckChild(value_[i], SchemaPath{&path_, {}, i}, *node) && valid;
    return valid || problems_ != nullptr;
  });
  const Subschema* rest = constraint.getAdditionalItemsSubschema();
  const size_t listed = constraint.getItemSubschemaCount();
  if (rest == nullptr && value_.size() > listed)
    return Wrong("must have at most " + Counted(listed, "item"));
  for (size_t i = listed; i < value_.size() && (valid || problems_ != nullptr); ++i)
    valid = CheckChild(value_[i], SchemaPath{&path_, {}, i}, *rest) && valid;
  return valid;
}

bool SchemaVisitor::visit(const MinPropertiesConstraint& constraint) {
  return !value_.is_object() || value_.size() >= constraint.getMinProperties() ||
         Wrong("must have at least " + Counted(constraint.getMinProperties(), "key"));
}

bool SchemaVisitor::visit(const MaxPropertiesConstraint& constraint) {
  return !value_.is_object() || value_.size() <= constraint.getMaxProperties() ||
         Wrong("must have at most " + Counted(constraint.getMaxProperties(), "key") + ", has " +
               std::to_string(value_.size()));
}

bool SchemaVisitor::visit(const RequiredConstraint& constraint) {
  if (!value_.is_object()) return true;
  bool valid = true;
  constraint.applyToRequiredProperties([&](const auto& name) {
    if (!value_.contains(name.c_str())) valid = WrongMember(name.c_str(), "required");
    return valid || problems_ != nullptr;
  });
  return valid;
}

bool SchemaVisitor::visit(const PropertiesConstraint& constraint) {
  if (!value_.is_object()) return true;
  bool valid = true;
  std::vector<const Json*> matched;
  matched.reserve(value_.size());
  const auto check = [&](const std::string& name, const Json& child, const Subschema* node) {
    matched.push_back(&child);
    valid = CheckChild(child, SchemaPath{&path_, name}, *node) && valid;
    return valid || problems_ != nullptr;
  };
  constraint.applyToProperties([&](const auto& key, const Subschema* node) {
    const auto child = value_.find(key.c_str());
    return child == value_.end() || check(child.key(), *child, node);
  });
  constraint.applyToPatternProperties([&](const auto& key, const Subschema* node) {
    const std::string pattern(key.data(), key.size());
    for (auto child = value_.begin(); child != value_.end(); ++child)
      if (schema_.Matches(pattern, child.key()) && !check(child.key(), *child, node)) return false;
    return true;
  });
  if (!valid && problems_ == nullptr) return false;
  std::sort(matched.begin(), matched.end(), std::less<>());
  return CheckUnmatched(constraint, matched) && valid;
}

bool SchemaVisitor::CheckUnmatched(const PropertiesConstraint& constraint,
                                   const std::vector<const Json*>& matched) {
  if (matched.size() == value_.size() && text_ != nullptr && !text_->contains("patternProperties"))
    return true;
  const Subschema* rest = constraint.getAdditionalPropertiesSubschema();
  bool valid = true;
  for (auto child = value_.begin(); child != value_.end(); ++child) {
    if (std::binary_search(matched.begin(), matched.end(), &*child, std::less<>())) continue;
    if (rest != nullptr)
      valid = CheckChild(*child, SchemaPath{&path_, child.key()}, *rest) && valid;
    else if (problems_ == nullptr || problems_->size() >= JsonSchema::kProblemsMax)
      return false;
    else
      valid = WrongMember(child.key(), UnknownMember(child.key()));
  }
  return valid;
}

std::string SchemaVisitor::UnknownMember(std::string_view name) const {
  std::vector<std::string> known;
  if (const auto properties = text_->find("properties"); properties != text_->end())
    for (const auto& property : properties->items())
      if (!value_.contains(property.key())) known.push_back(property.key());
  const auto patterns = text_->find("patternProperties");
  if (patterns == text_->end() || !known.empty()) return UnknownName(name, known);
  return "the name must match " + patterns->begin().key();
}

bool SchemaVisitor::visit(const AllOfConstraint& constraint) {
  bool valid = true;
  constraint.applyToSubschemas([&](unsigned int, const Subschema* node) {
    valid = CheckChild(value_, path_, *node) && valid;
    return valid || problems_ != nullptr;
  });
  return valid;
}

bool SchemaVisitor::visit(const AnyOfConstraint& constraint) {
  bool valid = false;
  std::vector<std::vector<SchemaProblem>> branches;
  constraint.applyToSubschemas([&](unsigned int, const Subschema* node) {
    branches.emplace_back();
    SchemaVisitor branch(schema_, value_, path_, problems_ == nullptr ? nullptr : &branches.back());
    valid = branch.Check(*node);
    return !valid;
  });
  return valid || ReportBranches(branches);
}

bool SchemaVisitor::visit(const OneOfConstraint& constraint) {
  std::vector<std::vector<SchemaProblem>> branches;
  int fitting = 0;
  constraint.applyToSubschemas([&](unsigned int, const Subschema* node) {
    branches.emplace_back();
    fitting += SchemaVisitor(schema_, value_, path_, &branches.back()).Check(*node) ? 1 : 0;
    return true;
  });
  if (fitting == 1) return true;
  const std::string names = RequiredNames(text_->at("oneOf"));
  if (fitting > 1)
    return Wrong(names.empty() ? "fits several of the forms of which it must fit one"
                               : "must have only one of " + names);
  if (!names.empty()) return Wrong("must have " + names);
  return ReportBranches(branches);
}

// Tells of the branch that was most probably meant: of the same type, and nearest to valid.
bool SchemaVisitor::ReportBranches(const std::vector<std::vector<SchemaProblem>>& branches) {
  if (problems_ == nullptr) return false;
  const std::string pointer = path_.Pointer();
  const std::vector<SchemaProblem>* meant = nullptr;
  for (const auto& branch : branches) {
    if (Satisfied(branch) || OfAnotherType(branch, pointer)) continue;
    if (meant == nullptr || branch.size() < meant->size()) meant = &branch;
  }
  if (meant != nullptr) {
    problems_->insert(problems_->end(), meant->begin(), meant->end());
    return false;
  }
  std::string forms;
  for (const auto& branch : branches)
    if (!branch.empty()) forms += (forms.empty() ? "" : "; or ") + branch.front().field.detail;
  return Wrong(std::move(forms));
}

bool SchemaVisitor::visit(const NotConstraint& constraint) {
  const Subschema* node = constraint.getSubschema();
  if (node == nullptr || SchemaVisitor(schema_, value_, path_, nullptr).Check(*node))
    return Wrong("must not have this form: " + Shown(text_->at("not")));
  return true;
}

}  // namespace jobgate
