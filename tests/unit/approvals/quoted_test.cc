#include "approvals/text/quoted.h"

#include <doctest/doctest.h>

namespace jobgate {

TEST_CASE("quoted: no text ends its own fence") {
  CHECK(Fenced("a") == "```text\na\n```\n");
  CHECK(Fenced("```\n@everyone\n", "json") == "````json\n```\n@everyone\n````\n");
  CHECK(InlineCode("a`b``c") == "``` a`b``c ```");
  CHECK(InlineCode("a\nb|c") == "` a\\nb\\|c `");
  CHECK(InlineCode("") == "(empty)");
}

TEST_CASE("quoted: what hides or turns text is made visible") {
  CHECK(Fenced("a\x1b[2Kb") == "```text\na\xEF\xBF\xBD[2Kb\n```\n");
  CHECK(Fenced("a\u202Eb") == "```text\na\\u{202E}b\n```\n");
  CHECK(Fenced("a\r\nb") == "```text\na\xEF\xBF\xBD\nb\n```\n");
}

TEST_CASE("quoted: what has no width is shown as what it is") {
  CHECK(InlineCode("rm\u200B\u2060x") == "` rm\\u{200B}\\u{2060}x `");
  CHECK(InlineCode("\u061C\u00AD\uFEFF\u180E\u2028") ==
        "` \\u{61C}\\u{AD}\\u{FEFF}\\u{180E}\\u{2028} `");
  CHECK(InlineCode("a\U000E0041b") == "` a\\u{E0041}b `");
  CHECK(InlineCode("grün 東京 \U0001F600 €") == "` grün 東京 \U0001F600 € `");
  CHECK(InlineCode("a\xE2\x80") == "` a\xE2\x80 `");
}

TEST_CASE("quoted: no character is cut in two") {
  CHECK(Head("aü", 2) == "a");
  CHECK(Head("aü", 3) == "aü");
  CHECK(Tail("üa", 2) == "a");
  CHECK(Tail("üa", 9) == "üa");
}

}  // namespace jobgate
