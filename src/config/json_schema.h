// A JSON Schema (draft 7), compiled once and used from any thread.
//
// Own code, because valijson (1.0) does not fit params that strangers submit: it matches patterns
// with the recursive std::regex (a text of 30,000 characters overflows the stack, some patterns
// take exponential time) and tells problems without pointers; docs/dependencies.md. Held to the
// official test suite (tests/unit/config/schema_suite_test.cc).
//
// Not supported: $id, references outside the document and URL-encoded ones. Formats other than
// those of formats.h are not checked, as the standard allows.
#pragma once
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"

namespace jobgate {

class JsonSchema {
 public:
  // Errors: kInvalidArgument with every place in `schema` that is not as the standard wants it.
  static Result<std::shared_ptr<const JsonSchema>> Compile(const Json& schema);

  // Every wrong place in `value`, at most kProblemsMax of them; pointers begin with `prefix`.
  std::vector<FieldError> Check(const Json& value, std::string_view prefix) const;
  static constexpr size_t kProblemsMax = 100;

  // For the check: the node that "$ref" names, and whether `text` contains a match of a pattern
  // of this schema, in time linear in its length.
  const Json& Referenced(const Json& ref) const;
  bool Matches(const std::string& pattern, const std::string& text) const;

 private:
  explicit JsonSchema(Json text) : text_(std::move(text)) {}

  const Json text_;
  std::map<std::string, std::regex> patterns_;
};

}  // namespace jobgate
