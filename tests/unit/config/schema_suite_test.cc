// The official JSON Schema test suite, draft 7 (Debian package json-schema-test-suite).
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "src/config/json_schema.h"

namespace jobgate {
namespace {

const char* const kFolder = "/usr/share/json-schema-test-suite/tests/draft7";

// Schemas in several documents, and references that are URL-encoded: not supported.
bool IsSupported(const Json& schema) {
  const std::string text = schema.dump();
  for (const char* part : {"\"$id\"", "\"http://", "%25"})
    if (text.find(part) != std::string::npos) return false;
  return true;
}

int RunGroup(const Json& group, const std::string& file) {
  const auto schema = JsonSchema::Compile(group["schema"]);
  const std::string title = file + ": " + group["description"].get<std::string>();
  REQUIRE_MESSAGE(schema, title, ": ", (schema ? "" : schema.error().message));
  for (const Json& test : group["tests"]) {
    const std::string name = title + ": " + test["description"].get<std::string>();
    CHECK_MESSAGE((*schema)->Check(test["data"], "").empty() == test["valid"].get<bool>(), name);
  }
  return static_cast<int>(group["tests"].size());
}

TEST_CASE("json schema: the official draft 7 suite agrees") {
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    for (const Json& group : Json::parse(file))
      if (IsSupported(group["schema"])) cases += RunGroup(group, entry.path().stem());
  }
  CHECK(cases > 390);
}

}  // namespace
}  // namespace jobgate
