// A JSON Schema (draft 7), compiled once and used from any thread.
//
// valijson compiles the schema; the checking is SchemaVisitor's over valijson's constraints,
// because valijson 1.0's own validator runs std::regex recursively (a string of 64 KiB overflows
// the stack), shares a regex cache between calls, compares unique items pairwise, and tells
// wrong places in sentences instead of pointers. Keywords that it confuses or that could reach
// outside are refused: $ref (but to the schema's own definitions where allowed), id,
// if/then/else, dependencies, contains, propertyNames.
#pragma once
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"

namespace valijson {
class Schema;
}

namespace jobgate {

class JsonSchema {
 public:
  enum class References { kRefused, kDefinitions };

  // Errors: kInvalidArgument with every place in `schema` that cannot be compiled.
  static Result<std::shared_ptr<const JsonSchema>> Compile(const Json& schema,
                                                           References references);
  ~JsonSchema();
  JsonSchema(const JsonSchema&) = delete;
  JsonSchema& operator=(const JsonSchema&) = delete;

  // Every wrong place in `value`, at most kProblemsMax of them; pointers begin with `prefix`.
  std::vector<FieldError> Check(const Json& value, std::string_view prefix) const;
  static constexpr size_t kProblemsMax = 100;

  // The schema text of a compiled node, by the title that Compile gave it; for SchemaVisitor.
  const Json& Node(const std::string& title) const;
  // Whether `text` contains a match; linear in its length.
  bool Matches(const std::string& pattern, const std::string& text) const;

 private:
  JsonSchema();

  Json annotated_;                  // a copy whose nodes carry their index as title
  std::vector<const Json*> nodes_;  // into annotated_
  std::map<std::string, std::regex> patterns_;
  std::unique_ptr<valijson::Schema> compiled_;
};

}  // namespace jobgate
