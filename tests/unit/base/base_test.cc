#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/base/digest.h"
#include "src/base/error.h"
#include "src/base/json.h"
#include "src/base/time.h"
#include "src/base/ulid.h"

namespace jobgate {
namespace {

class CountingRandom final : public Random {
 public:
  uint64_t Next() override { return ~0ULL; }
};

TEST_CASE("time: text and value convert both ways to the millisecond") {
  const Time time = FromUnixMs(1'798'761'599'123);
  CHECK(FormatTime(time) == "2026-12-31T23:59:59.123Z");
  CHECK(ParseTime("2026-12-31T23:59:59.123Z") == time);
  CHECK(ParseTime("2024-02-29T00:00:00Z") == FromUnixMs(1'709'164'800'000));
  for (const char* wrong :
       {"", "2026-12-31", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2026-12-31T24:00:00Z",
        "2026-12-31T23:59:59.Z", "x026-12-31T23:59:59Z"})
    CHECK_FALSE(ParseTime(wrong));
}

TEST_CASE("duration: people read two units at most, and none of which there is nothing") {
  const auto text = [](std::string_view of) { return FormatDuration(ParseDuration(of).value()); };
  CHECK(text("0s") == "0ms");
  CHECK(text("90s") == "1m 30s");
  CHECK(text("5m") == "5m");
  CHECK(text("1h5m") == "1h 5m");
  CHECK(text("24h") == "24h");
  CHECK(text("47h59m") == "47h 59m");
  CHECK(text("48h") == "2d");
  CHECK(text("97h") == "4d 1h");
}

TEST_CASE("duration: units add up, and a bare number is refused") {
  CHECK(ParseDuration("250ms").value() == Duration(250));
  CHECK(ParseDuration("1h30m").value() == Duration(5'400'000));
  CHECK(ParseDuration("3d").value() == Duration(259'200'000));
  for (const char* wrong : {"", "10", "m", "-5s", "5x", "1h 5m", "9999999999999999999d"})
    CHECK_FALSE(ParseDuration(wrong));
}

TEST_CASE("json: a duplicate key is refused with its pointer") {
  auto parsed = ParseJson(R"({"a":[{"b":1},{"c/d":1,"c/d":2}]})");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().fields.at(0).pointer == "/a/1/c~1d");
}

// Pointer and sentence of each problem of `text`.
std::vector<std::pair<std::string, std::string>> ProblemsOf(std::string_view text) {
  const auto parsed = ParseJson(text);
  std::vector<std::pair<std::string, std::string>> problems;
  if (!parsed)
    for (const FieldError& field : parsed.error().fields)
      problems.emplace_back(field.pointer, field.detail);
  return problems;
}

using Problems = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("json: depth, NUL and bytes that are not UTF-8 are refused") {
  CHECK(ParseJson(std::string(64, '[') + std::string(64, ']')));
  CHECK_FALSE(ParseJson(std::string(65, '[') + std::string(65, ']')));
  CHECK_FALSE(ParseJson(std::string(2'000'000, '[')));
  CHECK_FALSE(ParseJson(R"({"a":"x\u0000y"})"));
  CHECK_FALSE(ParseJson("{\"a\":\"\xff\"}"));
  CHECK_FALSE(ParseJson("{\"a\":1} x"));
}

TEST_CASE("json: every unsound place is named, not the first alone") {
  CHECK(ProblemsOf(R"({"a":1,"a":[{"b":"\u0000","b":2}],"c":{"\u0000":1}})") ==
        Problems{{"/a", "the key stands twice"},
                 {"/a/0/b", "a NUL character is not allowed"},
                 {"/a/0/b", "the key stands twice"},
                 {std::string("/c/\0", 4), "a NUL character is not allowed"}});
  std::string many = "{\"a\":0";
  for (int i = 0; i < 200; ++i) many += ",\"a\":0";
  CHECK(ProblemsOf(many + "}").size() == kJsonProblemsMax);
}

TEST_CASE("json: what is nested too deep is named by its pointer") {
  std::string pointer = "/params";
  for (int i = 0; i < 63; ++i) pointer += "/1";
  std::string text = "{\"params\":";
  for (int i = 0; i < 100'000; ++i) text += "[0,";
  CHECK(ProblemsOf(text) == Problems{{pointer, "nested deeper than 64 levels"}});
}

TEST_CASE("json: a document around others may be deeper, and says how deep those may be") {
  const auto nested = [](int levels) {
    return std::string(static_cast<size_t>(levels), '[') +
           std::string(static_cast<size_t>(levels), ']');
  };
  const Result<Json> around = ParseJson(nested(kJsonDepthMaxAround), kJsonDepthMaxAround);
  REQUIRE(around);
  CHECK_FALSE(IsDeeperThan(kJsonDepthMaxAround, *around));
  CHECK(IsDeeperThan(kJsonDepthMaxAround - 1, *around));
  CHECK(IsDeeperThan(1, Json::parse(R"([1, {}])")));
  CHECK_FALSE(IsDeeperThan(0, Json(1)));
  const Result<Json> deeper = ParseJson(nested(kJsonDepthMaxAround + 1), kJsonDepthMaxAround);
  REQUIRE(!deeper);
  CHECK(deeper.error().fields.at(0).detail == "nested deeper than 64 levels");
}

TEST_CASE("json: bytes that are not UTF-8 are named by the pointer of their text") {
  CHECK(ProblemsOf("{\"a\":\n [1,\"\xff\"]}") ==
        Problems{{"/a/1", "bytes that are not UTF-8 at line 2, column 6"}});
  CHECK(ProblemsOf("{\"a\":{\"b\xff\":1}}") ==
        Problems{{"/a", "bytes that are not UTF-8 at line 1, column 9"}});
  CHECK(ProblemsOf(std::string_view("[\"\0\"]", 5)) ==
        Problems{{"/0", "a NUL character is not allowed at line 1, column 3"}});
  CHECK(ProblemsOf(R"({"a":"\ud800"})").at(0).first == "/a");
}

TEST_CASE("json: a number out of range is said in our own words, with its pointer") {
  CHECK(ProblemsOf(R"({"a":{"ttlMs":-1e400}})") ==
        Problems{{"/a/ttlMs", "a number out of range at line 1, column 20"}});
  CHECK(ParseJson("[18446744073709551616, -9223372036854775809, 1e308]"));
}

TEST_CASE("json: a reading that can go on has a value, whatever is wrong in it") {
  const JsonReading sound = ReadJson("[1]");
  CHECK(sound.problems.empty());
  CHECK(sound.value == Json::array({1}));
  const JsonReading twice = ReadJson(R"({"a":1,"a":2})");
  CHECK(twice.value == Json{{"a", 2}});
  const JsonReading broken = ReadJson("{\"a\":1,\n\"a\":2,\n}");
  CHECK_FALSE(broken.value);
  CHECK(broken.problems.size() == 2);
  CHECK(broken.stopped_at_line == 3);
  CHECK_FALSE(ReadJson("[1] 2").value);
  CHECK_FALSE(ReadJson("").value);
}

TEST_CASE("json: a syntax error names line and column") {
  auto parsed = ParseJson("{\n  \"a\": }");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().message.find("line 2, column 8") != std::string::npos);
  const auto endless = ParseJson("\"" + std::string(100'000, 'x'));
  REQUIRE_FALSE(endless);
  CHECK(endless.error().message.size() < 300);
}

TEST_CASE("json: the canonical text is what the library writes, whatever is in it") {
  const auto dumped = [](const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  Json all = Json::object();
  for (int c = 0; c < 256; ++c)
    all["character " + std::to_string(c)] = "<" + std::string(1, static_cast<char>(c)) + ">";
  for (int c = 0; c < 256; ++c) all["key " + std::string(1, static_cast<char>(c))] = c;
  all["text"] = Json::array({"", "plain", "umläut €𝄞", "\xed\xa0\x80", "\xf0\x9f", "\x7f", "a/b"});
  all["numbers"] = Json::array({0, -1, 1, INT64_MIN, INT64_MAX, UINT64_MAX, 0.0, -0.0, 0.1, 1e300,
                                5e-324, 100.0, 1.0 / 3, std::nan(""), HUGE_VAL});
  all["others"] = Json::array({true, false, nullptr, Json::object(), Json::array(),
                               Json::array({Json::array({Json::object({{"a", Json::array()}})})})});
  CHECK(Canonical(all) == dumped(all));
  for (const auto& [key, value] : all.items()) CHECK(Canonical(value) == dumped(value));
}

TEST_CASE("json: equal values have one canonical text") {
  CHECK(Canonical(*ParseJson(R"({"b":1, "a":[1, 2]})")) == R"({"a":[1,2],"b":1})");
  CHECK(Canonical(Json("\xff")) == "\"\xEF\xBF\xBD\"");
}

TEST_CASE("ulid: ids increase within a millisecond and when time steps back") {
  CountingRandom random;
  UlidFactory factory(random);
  std::string last;
  for (int64_t ms : {1000, 1000, 1000, 500, 1001, 1001}) {
    const std::string id = factory.Next(FromUnixMs(ms));
    CHECK(id.size() == 26);
    CHECK(id > last);
    last = id;
  }
}

TEST_CASE("digest: SHA-256 and HMAC agree with the published vectors") {
  CHECK(Sha256Hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(HmacSha256Hex("It's a Secret to Everybody", "Hello, World!") ==
        "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
  CHECK(ConstantTimeEqual("a", "a"));
  CHECK_FALSE(ConstantTimeEqual("a", "b"));
  CHECK_FALSE(ConstantTimeEqual("a", "ab"));
}

TEST_CASE("errors: every code has one slug that leads back to it") {
  std::set<std::string_view> slugs;
  for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i) {
    const CodeInfo& info = InfoOf(static_cast<Code>(i));
    CHECK(CodeOfSlug(info.slug) == info.code);
    CHECK(slugs.insert(info.slug).second);
  }
}

}  // namespace
}  // namespace jobgate
