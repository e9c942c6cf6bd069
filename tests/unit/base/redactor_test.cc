#include "src/base/redactor.h"

#include <doctest/doctest.h>

#include <random>

namespace jobgate {
namespace {

std::string InChunks(std::string_view text, const std::vector<std::string>& values, size_t chunk) {
  Redactor redactor(values);
  std::string out;
  for (size_t at = 0; at < text.size(); at += chunk) redactor.Feed(text.substr(at, chunk), out);
  redactor.Finish(out);
  return out;
}

std::string CutAt(std::string_view text, const std::vector<std::string>& values, size_t cut) {
  Redactor redactor(values);
  std::string out;
  redactor.Feed(text.substr(0, cut), out);
  redactor.Feed(text.substr(cut), out);
  redactor.Finish(out);
  return out;
}

}  // namespace

TEST_CASE("redactor: every split of the stream gives the same output") {
  struct Example {
    std::vector<std::string> values;
    std::string text;
    std::string want;
  };
  const std::vector<Example> examples = {
      {{"secret"}, "a secret b", "a [redacted] b"},
      {{"secret"}, "secretsecret", "[redacted][redacted]"},
      {{"secret"}, "secre secr", "secre secr"},
      {{"aab"}, "aaab", "a[redacted]"},
      {{"aa"}, "aaaaa", "[redacted]"},
      {{"abc", "bcd"}, "xabcdx", "x[redacted]x"},
      {{"ab", "abcd"}, "abcd abc", "[redacted] [redacted]c"},
      {{"abcd", "bc"}, "abcx", "a[redacted]x"},
      {{"x"}, "axbxxc", "a[redacted]b[redacted][redacted]c"},
      {{"line1\nline2"}, "line1\nline2\n", "[redacted]\n"},
      {{"", "k"}, "ok", "o[redacted]"},
      {{}, "as it is", "as it is"},
      {{std::string("\0\xff", 2)}, std::string("a\0\xff z", 5), "a[redacted] z"},
  };
  for (const Example& example : examples) {
    CAPTURE(example.text);
    CHECK(Redacted(example.text, example.values) == example.want);
    for (size_t cut = 0; cut <= example.text.size(); ++cut) {
      CHECK(CutAt(example.text, example.values, cut) == example.want);
    }
    for (size_t chunk = 1; chunk <= 4; ++chunk)
      CHECK(InChunks(example.text, example.values, chunk) == example.want);
  }
}

TEST_CASE("redactor: random streams over a small alphabet never let a value through") {
  std::mt19937 random(7);
  const auto letters = [&](size_t length) {
    std::string text;
    for (size_t i = 0; i < length; ++i) text.push_back(static_cast<char>('a' + random() % 2));
    return text;
  };
  for (int round = 0; round < 3000; ++round) {
    const std::vector<std::string> values = {letters(2 + random() % 4), letters(2 + random() % 4)};
    const std::string text = letters(30);
    const std::string whole = Redacted(text, values);
    CAPTURE(text);
    CHECK(InChunks(text, values, 1 + random() % 7) == whole);
    for (const std::string& value : values) CHECK(whole.find(value) == std::string::npos);
  }
}

TEST_CASE("redactor: only what may become a value is held back") {
  Redactor redactor({"secret"});
  std::string out;
  redactor.Feed("plain", out);
  CHECK(out == "plain");
  redactor.Feed(" sec", out);
  CHECK(out == "plain ");
  redactor.Feed("ond", out);
  CHECK(out == "plain second");
}

TEST_CASE("redactor: a secret is found in JSON however it is escaped, and the JSON stays sound") {
  const std::vector<std::string> values = {"a\"b\\c\n\u00e9", "tok"};
  CHECK(RedactedJson(R"({"url":"x-tok-y","a":["tok",true,null,1.5]})", values) ==
        R"({"a":["[redacted]",true,null,1.5],"url":"x-[redacted]-y"})");
  CHECK(RedactedJson(R"(["<a\"b\\c\n\u00E9>","\u0074ok"])", values) ==
        R"(["<[redacted]>","[redacted]"])");
  CHECK(RedactedJson(R"({"tok":1,"x":{"atok":2}})", values) ==
        R"({"[redacted]":1,"x":{"a[redacted]":2}})");
}

TEST_CASE(
    "redactor: a secret of digits is found in a number, and one of JSON's own marks breaks none") {
  CHECK(RedactedJson(R"({"pin":12345,"n":[-12345.5,17]})", {"12345"}) ==
        R"({"n":["-[redacted].5",17],"pin":"[redacted]"})");
  CHECK(RedactedJson(R"({"a":"b","c":[1]})", {"\"", ":", "{", ","}) == R"({"a":"b","c":[1]})");
}

TEST_CASE("redactor: what is no JSON is redacted as a text, raw and escaped") {
  CHECK(RedactedJson("tok {\"a\": a\"b", {"tok", "a\"b"}) == "[redacted] {\"a\": [redacted]");
  CHECK(RedactedJson(R"({"a": "a\"b", )", {"a\"b"}) == R"({"a": "[redacted]", )");
  CHECK(RedactedJson("nonsense", {}) == "nonsense");
}

}  // namespace jobgate
