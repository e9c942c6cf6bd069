#include "src/config/load.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "src/base/check.h"
#include "src/base/embedded.h"
#include "src/config/build.h"
#include "src/config/checks.h"
#include "src/config/defaults.h"
#include "src/config/json_schema.h"
#include "src/config/line_map.h"

namespace jobgate {

extern const EmbeddedFile kConfigSchema[];

namespace {

constexpr size_t kFileBytesMax = size_t{16} * 1024 * 1024;

struct BuiltInSchema {
  Json text;
  std::shared_ptr<const JsonSchema> compiled;
};

const BuiltInSchema& Schema() {
  static const BuiltInSchema schema = [] {
    auto text = ParseJson(ConfigSchemaText());
    JOBGATE_CHECK(text, "the built-in schema is JSON");
    auto compiled = JsonSchema::Compile(*text);
    JOBGATE_CHECK(compiled, compiled ? "" : compiled.error().message.c_str());
    return BuiltInSchema{std::move(*text), std::move(*compiled)};
  }();
  return schema;
}

Error AllProblems(std::vector<FieldError> problems, const LineMap& lines, std::string_view shown) {
  std::stable_sort(problems.begin(), problems.end(), [&](const auto& a, const auto& b) {
    return lines.LineOf(a.pointer) < lines.LineOf(b.pointer);
  });
  Error error{Code::kInvalidArgument, ""};
  for (const FieldError& problem : problems) {
    if (!error.message.empty()) error.message += "\n";
    error.message += std::string(shown) + ":" + std::to_string(lines.LineOf(problem.pointer)) +
                     ": " + (problem.pointer.empty() ? "" : problem.pointer + ": ") +
                     problem.detail;
  }
  error.fields = std::move(problems);
  return error;
}

// The text does not parse, so that only the parser knows where; its message names the line.
Error NotParsed(Error error, std::string_view shown) {
  error.message = std::string(shown) + ": " + error.message;
  return error;
}

}  // namespace

std::string_view ConfigSchemaText() {
  return kConfigSchema[0].content;
}

Result<std::shared_ptr<const Config>> ParseConfig(std::string_view text, const std::string& path,
                                                  std::string_view shown) {
  auto source = ParseJson(text);
  if (!source) return Fail(NotParsed(std::move(source).error(), shown));
  std::vector<FieldError> problems = Schema().compiled->Check(*source, "");
  CompiledParams params;
  Json effective;
  if (source->is_object()) {
    effective = WithDefaults(Schema().text, *source);
    params = CheckMeaning(effective, problems);
  }
  if (!problems.empty()) return Fail(AllProblems(std::move(problems), LineMap(text), shown));
  return std::make_shared<const Config>(
      BuildConfig(path, std::move(*source), std::move(effective), params));
}

Result<std::shared_ptr<const Config>> LoadConfig(const std::string& path, FileSystem& files) {
  auto text = files.ReadFile(path, kFileBytesMax);
  if (!text) return Fail(std::move(text).error());
  std::filesystem::path absolute = path;
  if (absolute.is_relative()) {
    auto here = files.CurrentDirectory();
    if (!here) return Fail(std::move(here).error());
    absolute = *here / absolute;
  }
  return ParseConfig(*text, absolute.lexically_normal().string(), path);
}

}  // namespace jobgate
