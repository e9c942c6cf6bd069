#include "approvals/difference.h"

#include <doctest/doctest.h>

namespace jobgate {
namespace {

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("difference: a long one shows where its sides begin to differ") {
  const std::string begin(400, 'a'), end(400, 'z');
  const std::string words =
      DriftInWords("it drifted", {{"params", begin + "\"target\":\"staging\"" + end,
                                   begin + "\"target\":\"production\"" + end}});
  CHECK(words.starts_with("it drifted: params: …"));
  CHECK(Has(words, "\"target\":\"staging\"z"));
  CHECK(Has(words, " → …"));
  CHECK(Has(words, "\"target\":\"production\"z"));
  CHECK(words.size() < 400);
}

TEST_CASE("difference: what is added at the end of a long one, or taken away, shows too") {
  const std::string same(400, 'a');
  CHECK(Has(DriftInWords("", {{"argv", same, same + "--force"}}), "a--force"));
  CHECK(Has(DriftInWords("", {{"argv", same + "--check", same}}), "a--check → …a"));
}

TEST_CASE("difference: no character is cut") {
  std::string same;
  for (int i = 0; i < 200; ++i) same += "ä";
  for (const char* before : {"", "x"}) {
    const std::string words =
        DriftInWords("", {{"argv", before + same, before + same + "…" + same}});
    for (size_t i = 0; i + 1 < words.size(); ++i)
      if (words[i] == '\xc3') CHECK(words[i + 1] == '\xa4');
    CHECK(Has(words, "ä → …ä"));
  }
}

TEST_CASE("difference: few are told in words, the others are counted") {
  const std::vector<Difference> many(7, {"cwd", "a", "b"});
  CHECK(DriftInWords("it drifted", many) ==
        "it drifted: cwd: a → b; cwd: a → b; cwd: a → b; cwd: a → b; cwd: a → b; and 2 more");
  CHECK(Lines(many).size() == 7);
}

TEST_CASE("difference: one that is a secret's alone is named") {
  const std::string same(400, 'a');
  CHECK(DriftInWords("", {{"env", same, same}}) == ": env (job:drifted has both sides)");
}

}  // namespace jobgate
