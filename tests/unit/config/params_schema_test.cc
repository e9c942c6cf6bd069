#include "src/config/params_schema.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace jobgate {
namespace {

std::shared_ptr<const ParamsSchema> Compiled(const char* schema) {
  auto compiled = ParamsSchema::Compile(Json::parse(schema));
  REQUIRE_MESSAGE(compiled, (compiled ? "" : compiled.error().message));
  return *compiled;
}

// Every problem as "pointer: sentence", joined by newlines; empty where there is none.
std::string Problems(const ParamsSchema& schema, const Json& params) {
  const auto checked = schema.Check(params);
  if (checked) return "";
  std::string problems;
  for (const FieldError& field : checked.error().fields)
    problems += (problems.empty() ? "" : "\n") + field.pointer + ": " + field.detail;
  return problems;
}

// The problem of `value` under the schema of one property.
std::string ProblemOf(const char* property, const char* value) {
  const Json schema = {{"properties", {{"v", Json::parse(property)}}}};
  return Problems(*Compiled(schema.dump().c_str()), {{"v", Json::parse(value)}});
}

TEST_CASE("params: each wrong member is named, and the nearest known one offered") {
  const auto schema = Compiled(R"({"type": "object", "required": ["name", "stage"],
    "additionalProperties": false, "properties": {"name": {"type": "string", "maxLength": 4},
    "stage": {"enum": ["test", "prod"]}, "size": {"type": "integer", "minimum": 1}}})");
  CHECK(Problems(*schema, {{"name", "abc"}, {"stage", "prod"}, {"size", 1}}).empty());
  CHECK(Problems(*schema, {{"nam", "abc"}, {"stage", "pro"}, {"size", 0}}) ==
        "/params/nam: unknown, did you mean name?\n"
        "/params/size: must be at least 1\n"
        "/params/stage: must be one of \"test\", \"prod\"; is \"pro\"\n"
        "/params/name: required");
  CHECK(Problems(*schema, {{"name", "abcde"}, {"stage", 1}, {"size", 1.5}}) ==
        "/params/name: must have at most 4 characters, has 5\n"
        "/params/size: must be an integer, is a number\n"
        "/params/stage: must be one of \"test\", \"prod\"; is 1");
}

TEST_CASE("params: every extra member is told, not only the first") {
  const auto schema = Compiled(R"({"additionalProperties": false})");
  CHECK(Problems(*schema, {{"a", 1}, {"b", 2}}) ==
        "/params/a: unknown; nothing may stand here\n/params/b: unknown; nothing may stand here");
}

TEST_CASE("params: only an object of at most 64 KiB is accepted") {
  const auto schema = Compiled("{}");
  CHECK(Problems(*schema, Json::array()) == "/params: must be an object, is array");
  CHECK(Problems(*schema, nullptr) == "/params: must be an object, is null");
  CHECK(Problems(*schema, {{"a", std::string(65000, 'x')}}).empty());
  CHECK(Problems(*schema, {{"a", std::string(65536, 'x')}}) ==
        "/params: must be at most 64 KiB as JSON; put more into a file");
}

TEST_CASE("params: numbers") {
  CHECK(ProblemOf(R"({"minimum": 1})", "0.5") == "/params/v: must be at least 1");
  CHECK(ProblemOf(R"({"maximum": 2.5})", "3") == "/params/v: must be at most 2.5");
  CHECK(ProblemOf(R"({"exclusiveMinimum": 1})", "1") == "/params/v: must be more than 1");
  CHECK(ProblemOf(R"({"exclusiveMaximum": 1})", "1") == "/params/v: must be less than 1");
  CHECK(ProblemOf(R"({"multipleOf": 5})", "7") == "/params/v: must be a multiple of 5");
  CHECK(ProblemOf(R"({"multipleOf": 5})", "10").empty());
  CHECK(ProblemOf(R"({"multipleOf": 0.1})", "0.3").empty());
  CHECK(ProblemOf(R"({"multipleOf": 0.1})", "0.35") == "/params/v: must be a multiple of 0.1");
  CHECK(ProblemOf(R"({"type": "integer"})", "18446744073709551615").empty());
}

TEST_CASE("params: text") {
  CHECK(ProblemOf(R"({"minLength": 1})", R"("")") == "/params/v: must not be empty");
  CHECK(ProblemOf(R"({"maxLength": 3})", R"("äöü")").empty());
  CHECK(ProblemOf(R"({"maxLength": 2})", R"("äöü")") ==
        "/params/v: must have at most 2 characters, has 3");
  CHECK(ProblemOf(R"({"pattern": "^[a-z]+$"})", R"("ab1")") ==
        "/params/v: must match the pattern ^[a-z]+$");
  CHECK(ProblemOf(R"({"pattern": "b"})", R"("abc")").empty());
  CHECK(ProblemOf(R"({"pattern": "a|b"})", R"("xbx")").empty());
  CHECK(ProblemOf(R"({"pattern": "^a$"})", R"("b\na")") != "");
  CHECK(ProblemOf(R"({"format": "date"})", R"("2026-02-30")") ==
        "/params/v: must be a date such as 2026-01-31");
  CHECK(ProblemOf(R"({"format": "date"})", R"("2024-02-29")").empty());
  CHECK(ProblemOf(R"({"format": "date-time"})", R"("2026-01-31T23:59:59.123+02:00")").empty());
  CHECK(ProblemOf(R"({"format": "date-time"})", R"("2026-01-31 23:59:59Z")") != "");
  CHECK(ProblemOf(R"({"format": "time"})", R"("24:00:00Z")") != "");
  CHECK(ProblemOf(R"({"format": "time"})", R"("")") != "");
}

TEST_CASE("params: lists") {
  CHECK(ProblemOf(R"({"items": {"type": "string"}})", R"(["a", 1, "b", null])") ==
        "/params/v/1: must be a string, is a number\n/params/v/3: must be a string, is null");
  CHECK(ProblemOf(R"({"items": [{"type": "string"}], "additionalItems": false})", R"(["a", 1])") ==
        "/params/v/1: nothing is allowed here");
  CHECK(ProblemOf(R"({"items": [{}], "additionalItems": {"type": "null"}})", "[1, 2]") ==
        "/params/v/1: must be null, is a number");
  CHECK(ProblemOf(R"({"minItems": 2})", "[1]") == "/params/v: must have at least 2 items, has 1");
  CHECK(ProblemOf(R"({"maxItems": 1})", "[1, 2]") == "/params/v: must have at most 1 item, has 2");
  CHECK(ProblemOf(R"({"uniqueItems": true})", R"([1, {"a": 1}, 2, {"a": 1}])") ==
        "/params/v: each item may stand once; twice there is {\"a\":1}");
}

TEST_CASE("params: nested objects, patterns of names and further members") {
  const char* const property = R"({"properties": {"a": {"type": "null"}},
      "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": {"minimum": 2}})";
  CHECK(ProblemOf(property, R"({"a": null, "x-1": "s", "n": 2})").empty());
  CHECK(ProblemOf(property, R"({"a": 1, "x-1": 1, "n": 1})") ==
        "/params/v/n: must be at least 2\n/params/v/x-1: must be a string, is a number\n"
        "/params/v/a: must be null, is a number");
  CHECK(ProblemOf(R"({"minProperties": 1})", "{}") == "/params/v: must have at least 1 key, has 0");
  CHECK(ProblemOf(R"({"maxProperties": 1})", R"({"a": 1, "b": 2})") ==
        "/params/v: must have at most 1 key, has 2");
  CHECK(ProblemOf(R"({"additionalProperties": false})", R"({"~/": 1})") ==
        "/params/v/~0~1: unknown; nothing may stand here");
}

TEST_CASE("params: combined schemas") {
  CHECK(ProblemOf(R"({"anyOf": [{"type": "string", "maxLength": 1}, {"type": "integer"}]})",
                  R"("ab")") == "/params/v: must have at most 1 character, has 2");
  CHECK(ProblemOf(R"({"anyOf": [{"type": "string"}, {"type": "integer"}]})", "null") ==
        "/params/v: must be a string, is null; or must be an integer, is null");
  CHECK(ProblemOf(R"({"oneOf": [{"type": "integer"}, {"minimum": 5}]})", "7") ==
        "/params/v: fits several of the forms of which it must fit one");
  CHECK(ProblemOf(R"({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]})", "{}") ==
        "/params/v: must have a or b");
  CHECK(ProblemOf(R"({"allOf": [{"minimum": 1}, {"maximum": 0}]})", "0.5") ==
        "/params/v: must be at least 1\n/params/v: must be at most 0");
  CHECK(ProblemOf(R"({"not": {"type": "string"}})", R"("x")") != "");
  CHECK(ProblemOf(R"({"not": {"type": "string"}})", "1").empty());
  CHECK(ProblemOf(R"({"const": "x"})", R"("y")") == "/params/v: must be \"x\"");
  CHECK(ProblemOf("false", "1") == "/params/v: nothing is allowed here");
  CHECK(ProblemOf("true", "1").empty());
}

TEST_CASE("params: a wrong type is one problem, not several") {
  CHECK(ProblemOf(R"({"type": ["integer", "null"], "enum": [1, null]})", R"("x")") ==
        "/params/v: must be an integer or null, is a string");
}

TEST_CASE("params: defaults fill what is missing and nothing else") {
  const auto schema =
      Compiled(R"({"properties": {"a": {"default": 1}, "b": {"default": "x"}, "c": {}}})");
  CHECK(schema->WithDefaults({{"b", "y"}}) == Json({{"a", 1}, {"b", "y"}}));
  CHECK(schema->WithDefaults(Json::array()) == Json::array());
}

TEST_CASE("params: a hostile pattern costs time in proportion to the text, and no stack") {
  const auto schema = Compiled(
      R"({"properties": {"v": {"pattern": "^(a+)+$"}, "w": {"pattern": "[a-z]+[0-9]$"}}})");
  const std::string text = std::string(30000, 'a') + "!";
  CHECK(Problems(*schema, {{"v", text}, {"w", text}}) ==
        "/params/v: must match the pattern ^(a+)+$\n/params/w: must match the pattern "
        "[a-z]+[0-9]$");
}

TEST_CASE("params: a big list is checked for doubles in little time") {
  Json list = Json::array();
  for (int i = 0; i < 10000; ++i) list.push_back(i);
  const auto schema = Compiled(R"({"properties": {"v": {"uniqueItems": true}}})");
  CHECK(Problems(*schema, {{"v", list}}).empty());
}

TEST_CASE("params: what is no schema is refused with the place") {
  const auto problem = [](const char* schema) {
    const auto compiled = ParamsSchema::Compile(Json::parse(schema));
    REQUIRE_FALSE(compiled);
    return compiled.error().fields.front().pointer;
  };
  CHECK(problem("5") == "");
  CHECK(problem(R"({"properties": {"a": 5}})") == "/properties/a");
  CHECK(problem(R"({"properties": {"a": {"$ref": "x.json"}}})") == "/properties/a/$ref");
  CHECK(problem(R"({"properties": {"a": {"$ref": "#/nowhere"}}})") == "/properties/a/$ref");
  CHECK(problem(R"({"allOf": [{"if": 5}]})") == "/allOf/0/if");
  CHECK(problem(R"({"items": {"pattern": "["}})") == "/items/pattern");
  CHECK(problem(R"({"multipleOf": 0})") == "/multipleOf");
  CHECK(problem(R"({"required": "a"})") == "/required");
  CHECK(problem(R"({"type": "strin"})") == "/type");
}

TEST_CASE("params: a schema that leads back to itself at the same value is refused") {
  for (const char* schema :
       {R"({"$ref": "#"})", R"({"allOf": [{"$ref": "#"}]})", R"({"not": {"$ref": "#"}})",
        R"({"dependencies": {"a": {"$ref": "#"}}})",
        R"({"definitions": {"a": {"anyOf": [{"$ref": "#/definitions/b"}]},
                            "b": {"if": {"$ref": "#/definitions/a"}}}})"}) {
    const auto compiled = ParamsSchema::Compile(Json::parse(schema));
    REQUIRE_FALSE_MESSAGE(compiled, schema);
    CHECK(compiled.error().message.find("in a circle") != std::string::npos);
  }
}

TEST_CASE("params: a schema may refer to itself for values further down") {
  const auto tree = Compiled(R"({"additionalProperties": {"$ref": "#"}})");
  CHECK(Problems(*tree, {{"a", {{"b", Json::object()}}}}).empty());
  const auto list = Compiled(R"({"properties": {"next": {"$ref": "#"}, "n": {"type": "null"}}})");
  CHECK(Problems(*list, {{"next", {{"next", {{"n", 1}}}}}}) ==
        "/params/next/next/n: must be null, is a number");
}

TEST_CASE("params: conditions, dependencies and names") {
  const char* const when = R"({"if": {"required": ["a"]}, "then": {"required": ["b"]},
                               "else": {"required": ["c"]}})";
  CHECK(ProblemOf(when, R"({"a": 1})") == "/params/v/b: required");
  CHECK(ProblemOf(when, "{}") == "/params/v/c: required");
  CHECK(ProblemOf(R"({"dependencies": {"a": ["b"]}})", R"({"a": 1})") ==
        "/params/v/b: required where a is given");
  CHECK(ProblemOf(R"({"propertyNames": {"maxLength": 1}})", R"({"ab": 1})") ==
        "/params/v/ab: the name must have the form {\"maxLength\":1}");
  CHECK(ProblemOf(R"({"contains": {"type": "null"}})", "[1]") ==
        "/params/v: must contain an item of the form {\"type\":\"null\"}");
}

TEST_CASE("params: one compiled schema serves several threads") {
  const auto schema = Compiled(
      R"({"required": ["a"], "properties": {"a": {"type": "string", "pattern": "^[a-z]+$"}}})");
  std::vector<std::thread> threads;
  std::vector<int> right(4);
  for (int& count : right)
    threads.emplace_back([&schema, &count] {
      for (int i = 0; i < 500; ++i)
        count +=
            Problems(*schema, {{"a", "abc"}}).empty() && !Problems(*schema, {{"a", "A"}}).empty();
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(right == std::vector<int>(4, 500));
}

}  // namespace
}  // namespace jobgate
