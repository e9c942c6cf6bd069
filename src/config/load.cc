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
#include "src/config/paths.h"

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

struct Located {
  FieldError field;
  int line;
};

std::string Text(const Located& problem, std::string_view shown) {
  return std::string(shown) + ":" + std::to_string(problem.line) + ": " +
         (problem.field.pointer.empty() ? "" : problem.field.pointer + ": ") + problem.field.detail;
}

// `reading` found that the text is unsound, `problems` what is wrong with what it says.
Error AllProblems(const JsonReading& reading, const std::vector<FieldError>& problems,
                  std::string_view text, std::string_view shown) {
  const LineMap lines(text);
  std::vector<Located> all;
  for (const FieldError& problem : reading.problems)
    all.push_back({problem, lines.LineOf(problem.pointer)});
  if (reading.stopped_at_line != 0) all.back().line = reading.stopped_at_line;
  for (const FieldError& problem : problems)
    all.push_back({problem, lines.LineOf(problem.pointer)});
  std::stable_sort(all.begin(), all.end(),
                   [](const Located& a, const Located& b) { return a.line < b.line; });
  Error error{Code::kInvalidArgument, ""};
  for (Located& problem : all) {
    error.message += (error.message.empty() ? "" : "\n") + Text(problem, shown);
    error.fields.push_back(std::move(problem.field));
  }
  return error;
}

}  // namespace

std::string_view ConfigSchemaText() {
  return kConfigSchema[0].content;
}

Result<std::shared_ptr<const Config>> ParseConfig(std::string_view text, const std::string& path,
                                                  std::string_view shown, size_t local_people) {
  JsonReading reading = ReadJson(text);
  std::vector<FieldError> problems;
  CompiledParams params;
  Json effective;
  if (reading.value) problems = Schema().compiled->Check(*reading.value, "");
  if (reading.value && reading.value->is_object()) {
    effective = WithDefaults(Schema().text, *reading.value);
    params = CheckMeaning(effective, BaseDir(path), local_people, problems);
  }
  if (!reading.problems.empty() || !problems.empty())
    return Fail(AllProblems(reading, problems, text, shown));
  return std::make_shared<const Config>(
      BuildConfig(path, *std::move(reading.value), std::move(effective), params));
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
  return ParseConfig(*text, absolute.lexically_normal().string(), path, kLocalPeople);
}

}  // namespace jobgate
