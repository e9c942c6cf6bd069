#include "src/config/placeholders.h"

#include <doctest/doctest.h>

namespace jobgate {
namespace {

using Argv = std::vector<std::string>;

Argv Rendered(const Argv& run, const Json& params, const Json& schema = Json::object()) {
  const auto argv = RenderArgv(run, params, schema);
  REQUIRE_MESSAGE(argv, (argv ? "" : argv.error().message));
  return *argv;
}

std::string Refused(const Argv& run, const Json& params, const Json& schema = Json::object()) {
  const auto argv = RenderArgv(run, params, schema);
  REQUIRE_FALSE(argv);
  std::string problems;
  for (const FieldError& field : argv.error().fields)
    problems += (problems.empty() ? "" : "\n") + field.pointer + ": " + field.detail;
  return problems;
}

TEST_CASE("placeholders: values are put in place and never split, joined or expanded") {
  CHECK(Rendered({"echo", "hello {name}!", "{name}"}, {{"name", "a b; $(c) *"}}) ==
        Argv{"echo", "hello a b; $(c) *!", "a b; $(c) *"});
  CHECK(Rendered({"x", "{a}{b}"}, {{"a", "{b}"}, {"b", "2"}}) == Argv{"x", "{b}2"});
}

TEST_CASE("placeholders: numbers and booleans stand in their JSON form") {
  CHECK(Rendered({"x", "{i} {f} {t} {n}"}, {{"i", 42}, {"f", 0.5}, {"t", true}, {"n", -3}}) ==
        Argv{"x", "42 0.5 true -3"});
}

TEST_CASE("placeholders: doubled braces are literal ones") {
  CHECK(Rendered({"awk", "{{print $1}}", "{{{a}}}"}, {{"a", "v"}}) ==
        Argv{"awk", "{print $1}", "{v}"});
}

TEST_CASE("placeholders: an absent or null param leaves out its element, or is empty inside one") {
  CHECK(Rendered({"x", "{opt}", "a{opt}b", "{opt}{opt}", ""}, Json::object()) ==
        Argv{"x", "ab", "", ""});
  CHECK(Rendered({"x", "{opt}"}, {{"opt", nullptr}}) == Argv{"x"});
  CHECK(Rendered({"x", "{opt}"}, {{"opt", ""}}) == Argv{"x", ""});
}

TEST_CASE("placeholders: no value becomes an option unless its property allows it") {
  const Json allowed = {{"properties", {{"a", {{"x-allowOption", true}}}}}};
  CHECK(Refused({"x", "{a}"}, {{"a", "-rf"}}) ==
        "/params/a: must not begin with -, it would be taken for an option");
  CHECK(Refused({"x", "{a}.txt"}, {{"a", "--out="}}) != "");
  CHECK(Refused({"x", "{o}{a}"}, {{"a", "-1"}}) != "");
  CHECK(Refused({"x", "{a}"}, {{"a", -9}}) != "");
  CHECK(Rendered({"x", "{a}"}, {{"a", "-rf"}}, allowed) == Argv{"x", "-rf"});
  CHECK(Rendered({"x", "--name={a}", "p{a}"}, {{"a", "-rf"}}) == Argv{"x", "--name=-rf", "p-rf"});
}

TEST_CASE("placeholders: objects, arrays and NUL are refused, each named once") {
  CHECK(Refused({"x", "{a}{a}", "{b}"}, {{"a", Json::array({1})}, {"b", Json::object()}}) ==
        "/params/a: must be text, a number, true or false to stand in an argument\n"
        "/params/b: must be text, a number, true or false to stand in an argument");
  CHECK(Refused({"x", "{a}"}, {{"a", std::string("a\0b", 3)}}) ==
        "/params/a: a NUL character is not allowed");
}

TEST_CASE("placeholders: their names are found, and stray braces refused") {
  CHECK(PlaceholdersIn("a{b}{{c}}{d e}").value() == Argv{"b", "d e"});
  for (const char* bad : {"{", "}", "{a", "a}", "{}", "{a{b}}", "{a}}", "{{a}"})
    CHECK_FALSE_MESSAGE(PlaceholdersIn(bad), bad);
}

}  // namespace
}  // namespace jobgate
