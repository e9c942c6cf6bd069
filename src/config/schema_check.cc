#include "src/config/schema_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "src/config/formats.h"
#include "src/config/suggest.h"

namespace jobgate {
namespace {

struct TypeRow {
  std::string_view name;
  std::string_view with_article;
  bool (*fits)(const Json& value);
};

constexpr std::array kTypes = {
    TypeRow{"array", "an array", [](const Json& value) { return value.is_array(); }},
    TypeRow{"boolean", "a boolean", [](const Json& value) { return value.is_boolean(); }},
    TypeRow{"integer", "an integer",
            [](const Json& value) {
              return value.is_number_integer() ||
                     (value.is_number_float() &&
                      std::floor(value.get<double>()) == value.get<double>());
            }},
    TypeRow{"null", "null", [](const Json& value) { return value.is_null(); }},
    TypeRow{"number", "a number", [](const Json& value) { return value.is_number(); }},
    TypeRow{"object", "an object", [](const Json& value) { return value.is_object(); }},
    TypeRow{"string", "a string", [](const Json& value) { return value.is_string(); }},
};

const TypeRow* FindType(std::string_view name) {
  for (const TypeRow& row : kTypes)
    if (row.name == name) return &row;
  return nullptr;
}

std::string WithArticle(std::string_view type) {
  const TypeRow* row = FindType(type);
  return std::string(row == nullptr ? type : row->with_article);
}

bool HasType(const Json& value, const Json& type) {
  const TypeRow* row = FindType(type.get_ref<const std::string&>());
  return row != nullptr && row->fits(value);
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
  if (text.size() <= kShownMax) return text;
  size_t end = kShownMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

double CodePoints(const Json& value) {
  const auto& text = value.get_ref<const std::string&>();
  return static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string Counted(const Json& count, const char* noun) {
  return count.dump() + " " + noun + (count == 1 ? "" : "s");
}

std::string Has(double count) {
  return ", has " + std::to_string(static_cast<int64_t>(count));
}

bool IsMultiple(double number, double divisor) {
  const double quotient = number / divisor;
  return std::abs(quotient - std::round(quotient)) <= 1e-9 * std::max(1.0, std::abs(quotient));
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
    if (!branch.is_object() || branch.size() != 1 || !branch.contains("required")) return "";
    for (const Json& name : branch["required"])
      names += (names.empty() ? "" : " or ") + name.get<std::string>();
  }
  return names;
}

}  // namespace

bool IsTypeName(std::string_view name) {
  return FindType(name) != nullptr;
}

std::string SchemaPath::Pointer() const {
  if (parent == nullptr) return std::string(key);
  const std::string token = key.data() == nullptr ? std::to_string(index) : PointerToken(key);
  return parent->Pointer() + "/" + token;
}

const SchemaCheck::NamedRule* SchemaCheck::FindRule(std::string_view keyword) {
  static constexpr std::array kRules = {
      NamedRule{"additionalProperties", &SchemaCheck::AdditionalProperties},
      NamedRule{"allOf", &SchemaCheck::AllOf},
      NamedRule{"anyOf", &SchemaCheck::AnyOf},
      NamedRule{"const", &SchemaCheck::Const},
      NamedRule{"contains", &SchemaCheck::Contains},
      NamedRule{"dependencies", &SchemaCheck::Dependencies},
      NamedRule{"enum", &SchemaCheck::Enum},
      NamedRule{"exclusiveMaximum", &SchemaCheck::ExclusiveMaximum},
      NamedRule{"exclusiveMinimum", &SchemaCheck::ExclusiveMinimum},
      NamedRule{"format", &SchemaCheck::FormatOf},
      NamedRule{"if", &SchemaCheck::If},
      NamedRule{"items", &SchemaCheck::Items},
      NamedRule{"maxItems", &SchemaCheck::MaxItems},
      NamedRule{"maxLength", &SchemaCheck::MaxLength},
      NamedRule{"maxProperties", &SchemaCheck::MaxProperties},
      NamedRule{"maximum", &SchemaCheck::Maximum},
      NamedRule{"minItems", &SchemaCheck::MinItems},
      NamedRule{"minLength", &SchemaCheck::MinLength},
      NamedRule{"minProperties", &SchemaCheck::MinProperties},
      NamedRule{"minimum", &SchemaCheck::Minimum},
      NamedRule{"multipleOf", &SchemaCheck::MultipleOf},
      NamedRule{"not", &SchemaCheck::Not},
      NamedRule{"oneOf", &SchemaCheck::OneOf},
      NamedRule{"pattern", &SchemaCheck::Pattern},
      NamedRule{"patternProperties", &SchemaCheck::PatternProperties},
      NamedRule{"properties", &SchemaCheck::Properties},
      NamedRule{"propertyNames", &SchemaCheck::PropertyNames},
      NamedRule{"required", &SchemaCheck::Required},
      NamedRule{"uniqueItems", &SchemaCheck::UniqueItems},
  };
  const auto row = std::lower_bound(
      kRules.begin(), kRules.end(), keyword,
      [](const NamedRule& rule, std::string_view name) { return rule.keyword < name; });
  return row != kRules.end() && row->keyword == keyword ? &*row : nullptr;
}

bool SchemaCheck::Check(const Json& node, const Json& value, const SchemaPath& path) {
  if (node.is_boolean()) return node == Json(true) || Wrong(path, "nothing is allowed here");
  bool valid = true;
  const At at{node, value, path};
  const auto ref = node.find("$ref");
  const auto type = node.find("type");
  if (ref != node.end()) {  // whatever else stands there counts for nothing
    valid = Check(schema_.Referenced(*ref), value, path);
  } else if (type != node.end() && !Type(*type, at)) {
    valid = false;  // what else is wrong follows from the type
  } else {
    for (auto keyword = node.begin(); keyword != node.end() && GoesOn(valid); ++keyword)
      if (const NamedRule* rule = FindRule(keyword.key()))
        valid = (this->*rule->rule)(*keyword, at) && valid;
  }
  return valid;
}

bool SchemaCheck::Wrong(const SchemaPath& path, std::string detail) {
  if (problems_ != nullptr && problems_->size() < JsonSchema::kProblemsMax)
    problems_->push_back({{path.Pointer(), std::move(detail)}});
  return false;
}

bool SchemaCheck::Fits(const Json& node, const Json& value, const SchemaPath& path) const {
  return SchemaCheck(schema_, nullptr).Check(node, value, path);
}

// Whether looking further can still tell something.
bool SchemaCheck::GoesOn(bool valid) const {
  return problems_ == nullptr ? valid : problems_->size() < JsonSchema::kProblemsMax;
}

bool SchemaCheck::Type(const Json& types, const At& at) {
  const auto fits = [&](const Json& type) { return HasType(at.value, type); };
  if (types.is_string() ? fits(types) : std::any_of(types.begin(), types.end(), fits)) return true;
  if (problems_ == nullptr) return false;
  Wrong(at.path, "must be " + TypesText(types) + ", is " + WithArticle(at.value.type_name()));
  problems_->back().of_type = true;
  return false;
}

bool SchemaCheck::Enum(const Json& allowed, const At& at) {
  if (std::find(allowed.begin(), allowed.end(), at.value) != allowed.end()) return true;
  if (problems_ == nullptr) return false;
  std::string list;
  for (const Json& one : allowed) list += (list.empty() ? "" : ", ") + Shown(one);
  return Wrong(at.path, (allowed.size() == 1 ? "must be " : "must be one of ") + list + "; is " +
                            Shown(at.value));
}

bool SchemaCheck::Const(const Json& wanted, const At& at) {
  return at.value == wanted || Wrong(at.path, "must be " + Shown(wanted));
}

bool SchemaCheck::Minimum(const Json& bound, const At& at) {
  return !at.value.is_number() || at.value >= bound ||
         Wrong(at.path, "must be at least " + bound.dump());
}

bool SchemaCheck::Maximum(const Json& bound, const At& at) {
  return !at.value.is_number() || at.value <= bound ||
         Wrong(at.path, "must be at most " + bound.dump());
}

bool SchemaCheck::ExclusiveMinimum(const Json& bound, const At& at) {
  return !at.value.is_number() || at.value > bound ||
         Wrong(at.path, "must be more than " + bound.dump());
}

bool SchemaCheck::ExclusiveMaximum(const Json& bound, const At& at) {
  return !at.value.is_number() || at.value < bound ||
         Wrong(at.path, "must be less than " + bound.dump());
}

bool SchemaCheck::MultipleOf(const Json& divisor, const At& at) {
  return !at.value.is_number() || IsMultiple(at.value.get<double>(), divisor.get<double>()) ||
         Wrong(at.path, "must be a multiple of " + divisor.dump());
}

bool SchemaCheck::MinLength(const Json& bound, const At& at) {
  if (!at.value.is_string()) return true;
  const double length = CodePoints(at.value);
  if (length >= bound.get<double>()) return true;
  if (length == 0) return Wrong(at.path, "must not be empty");
  return Wrong(at.path, "must have at least " + Counted(bound, "character") + Has(length));
}

bool SchemaCheck::MaxLength(const Json& bound, const At& at) {
  if (!at.value.is_string()) return true;
  const double length = CodePoints(at.value);
  return length <= bound.get<double>() ||
         Wrong(at.path, "must have at most " + Counted(bound, "character") + Has(length));
}

bool SchemaCheck::Pattern(const Json& pattern, const At& at) {
  if (!at.value.is_string()) return true;
  const auto& text = pattern.get_ref<const std::string&>();
  return schema_.Matches(text, at.value.get_ref<const std::string&>()) ||
         Wrong(at.path, "must match the pattern " + text);
}

bool SchemaCheck::FormatOf(const Json& name, const At& at) {
  if (!at.value.is_string()) return true;
  const Format* format = FindFormat(name.get_ref<const std::string&>());
  return format == nullptr || format->fits(at.value.get_ref<const std::string&>()) ||
         Wrong(at.path, "must be a " + std::string(format->name) + " such as " +
                            std::string(format->example));
}

bool SchemaCheck::Items(const Json& schemas, const At& at) {
  if (!at.value.is_array()) return true;
  const auto rest = at.node.find("additionalItems");
  bool valid = true;
  for (size_t i = 0; i < at.value.size() && GoesOn(valid); ++i) {
    const SchemaPath path{&at.path, {}, i};
    if (!schemas.is_array())
      valid = Check(schemas, at.value[i], path) && valid;
    else if (i < schemas.size())
      valid = Check(schemas[i], at.value[i], path) && valid;
    else if (rest != at.node.end())
      valid = Check(*rest, at.value[i], path) && valid;
  }
  return valid;
}

bool SchemaCheck::Contains(const Json& wanted, const At& at) {
  if (!at.value.is_array()) return true;
  return std::any_of(at.value.begin(), at.value.end(),
                     [&](const Json& item) { return Fits(wanted, item, at.path); }) ||
         Wrong(at.path, "must contain an item of the form " + Shown(wanted));
}

bool SchemaCheck::MinItems(const Json& bound, const At& at) {
  const auto size = static_cast<double>(at.value.size());
  return !at.value.is_array() || size >= bound.get<double>() ||
         Wrong(at.path, "must have at least " + Counted(bound, "item") + Has(size));
}

bool SchemaCheck::MaxItems(const Json& bound, const At& at) {
  const auto size = static_cast<double>(at.value.size());
  return !at.value.is_array() || size <= bound.get<double>() ||
         Wrong(at.path, "must have at most " + Counted(bound, "item") + Has(size));
}

bool SchemaCheck::UniqueItems(const Json& unique, const At& at) {
  if (!at.value.is_array() || unique == Json(false)) return true;
  std::vector<const Json*> items;
  items.reserve(at.value.size());
  for (const Json& item : at.value) items.push_back(&item);
  std::sort(items.begin(), items.end(), [](const Json* a, const Json* b) { return *a < *b; });
  const auto twice = std::adjacent_find(items.begin(), items.end(),
                                        [](const Json* a, const Json* b) { return *a == *b; });
  return twice == items.end() ||
         Wrong(at.path, "each item may stand once; twice there is " + Shown(**twice));
}

bool SchemaCheck::Properties(const Json& properties, const At& at) {
  if (!at.value.is_object()) return true;
  bool valid = true;
  for (auto property = properties.begin(); property != properties.end() && GoesOn(valid);
       ++property) {
    const auto member = at.value.find(property.key());
    if (member != at.value.end())
      valid = Check(*property, *member, SchemaPath{&at.path, member.key()}) && valid;
  }
  return valid;
}

bool SchemaCheck::PatternProperties(const Json& patterns, const At& at) {
  if (!at.value.is_object()) return true;
  bool valid = true;
  for (auto pattern = patterns.begin(); pattern != patterns.end(); ++pattern)
    for (auto member = at.value.begin(); member != at.value.end() && GoesOn(valid); ++member)
      if (schema_.Matches(pattern.key(), member.key()))
        valid = Check(*pattern, *member, SchemaPath{&at.path, member.key()}) && valid;
  return valid;
}

// Whether `properties` or `patternProperties` of `node` speak of the member `name`.
bool SchemaCheck::IsDeclared(const std::string& name, const Json& node) const {
  const auto properties = node.find("properties");
  if (properties != node.end() && properties->contains(name)) return true;
  const auto patterns = node.find("patternProperties");
  if (patterns == node.end()) return false;
  for (auto pattern = patterns->begin(); pattern != patterns->end(); ++pattern)
    if (schema_.Matches(pattern.key(), name)) return true;
  return false;
}

bool SchemaCheck::AdditionalProperties(const Json& rest, const At& at) {
  if (!at.value.is_object()) return true;
  bool valid = true;
  for (auto member = at.value.begin(); member != at.value.end() && GoesOn(valid); ++member) {
    if (IsDeclared(member.key(), at.node)) continue;
    const SchemaPath path{&at.path, member.key()};
    if (rest == Json(false))
      valid = Wrong(path, problems_ == nullptr ? "" : UnknownMember(member.key(), at));
    else
      valid = Check(rest, *member, path) && valid;
  }
  return valid;
}

std::string SchemaCheck::UnknownMember(const std::string& name, const At& at) const {
  std::vector<std::string> known;
  const auto properties = at.node.find("properties");
  if (properties != at.node.end())
    for (auto property = properties->begin(); property != properties->end(); ++property)
      if (!at.value.contains(property.key())) known.push_back(property.key());
  const auto patterns = at.node.find("patternProperties");
  if (patterns == at.node.end() || !known.empty()) return UnknownName(name, known);
  return "the name must match " + patterns->begin().key();
}

bool SchemaCheck::PropertyNames(const Json& wanted, const At& at) {
  if (!at.value.is_object()) return true;
  bool valid = true;
  for (auto member = at.value.begin(); member != at.value.end() && GoesOn(valid); ++member)
    if (!Fits(wanted, Json(member.key()), at.path))
      valid =
          Wrong(SchemaPath{&at.path, member.key()}, "the name must have the form " + Shown(wanted));
  return valid;
}

bool SchemaCheck::Required(const Json& names, const At& at) {
  if (!at.value.is_object()) return true;
  bool valid = true;
  for (const Json& name : names) {
    const auto& key = name.get_ref<const std::string&>();
    if (!at.value.contains(key)) valid = Wrong(SchemaPath{&at.path, key}, "required");
  }
  return valid;
}

bool SchemaCheck::Dependencies(const Json& dependencies, const At& at) {
  if (!at.value.is_object()) return true;
  bool valid = true;
  for (auto dependency = dependencies.begin(); dependency != dependencies.end(); ++dependency) {
    if (!at.value.contains(dependency.key())) continue;
    if (!dependency->is_array()) {
      valid = Check(*dependency, at.value, at.path) && valid;
      continue;
    }
    for (const Json& name : *dependency) {
      const auto& key = name.get_ref<const std::string&>();
      if (!at.value.contains(key))
        valid =
            Wrong(SchemaPath{&at.path, key}, "required where " + dependency.key() + " is given");
    }
  }
  return valid;
}

bool SchemaCheck::MinProperties(const Json& bound, const At& at) {
  const auto size = static_cast<double>(at.value.size());
  return !at.value.is_object() || size >= bound.get<double>() ||
         Wrong(at.path, "must have at least " + Counted(bound, "key") + Has(size));
}

bool SchemaCheck::MaxProperties(const Json& bound, const At& at) {
  const auto size = static_cast<double>(at.value.size());
  return !at.value.is_object() || size <= bound.get<double>() ||
         Wrong(at.path, "must have at most " + Counted(bound, "key") + Has(size));
}

bool SchemaCheck::AllOf(const Json& branches, const At& at) {
  bool valid = true;
  for (auto branch = branches.begin(); branch != branches.end() && GoesOn(valid); ++branch)
    valid = Check(*branch, at.value, at.path) && valid;
  return valid;
}

bool SchemaCheck::AnyOf(const Json& branches, const At& at) {
  std::vector<std::vector<SchemaProblem>> problems;
  for (const Json& branch : branches) {
    if (Fits(branch, at.value, at.path)) return true;
    if (problems_ == nullptr) continue;
    SchemaCheck(schema_, &problems.emplace_back()).Check(branch, at.value, at.path);
  }
  return ReportBranches(problems, at);
}

bool SchemaCheck::OneOf(const Json& branches, const At& at) {
  std::vector<std::vector<SchemaProblem>> problems;
  int fitting = 0;
  for (const Json& branch : branches) {
    if (Fits(branch, at.value, at.path))
      ++fitting;
    else if (problems_ != nullptr)
      SchemaCheck(schema_, &problems.emplace_back()).Check(branch, at.value, at.path);
  }
  if (fitting == 1) return true;
  const std::string names = RequiredNames(branches);
  if (fitting > 1)
    return Wrong(at.path, names.empty() ? "fits several of the forms of which it must fit one"
                                        : "must have only one of " + names);
  if (!names.empty()) return Wrong(at.path, "must have " + names);
  return ReportBranches(problems, at);
}

// Tells of the branch that was most probably meant: of the same type, and nearest to valid.
bool SchemaCheck::ReportBranches(const std::vector<std::vector<SchemaProblem>>& branches,
                                 const At& at) {
  if (problems_ == nullptr) return false;
  const std::string pointer = at.path.Pointer();
  const std::vector<SchemaProblem>* meant = nullptr;
  for (const auto& branch : branches) {
    if (OfAnotherType(branch, pointer)) continue;
    if (meant == nullptr || branch.size() < meant->size()) meant = &branch;
  }
  if (meant != nullptr) {
    problems_->insert(problems_->end(), meant->begin(), meant->end());
    return false;
  }
  std::string forms;
  for (const auto& branch : branches)
    forms += (forms.empty() ? "" : "; or ") + branch.front().field.detail;
  return Wrong(at.path, std::move(forms));
}

bool SchemaCheck::Not(const Json& unwanted, const At& at) {
  return !Fits(unwanted, at.value, at.path) ||
         Wrong(at.path, "must not have the form " + Shown(unwanted));
}

bool SchemaCheck::If(const Json& condition, const At& at) {
  const auto branch = at.node.find(Fits(condition, at.value, at.path) ? "then" : "else");
  return branch == at.node.end() || Check(*branch, at.value, at.path);
}

}  // namespace jobgate
