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
  CHECK(Fenced("a\xE2\x80\xAE"
               "b") ==
        "```text\na\xEF\xBF\xBD"
        "b\n```\n");
  CHECK(Fenced("a\r\nb") == "```text\na\xEF\xBF\xBD\nb\n```\n");
}

TEST_CASE("quoted: no character is cut in two") {
  CHECK(Head("aü", 2) == "a");
  CHECK(Head("aü", 3) == "aü");
  CHECK(Tail("üa", 2) == "a");
  CHECK(Tail("üa", 9) == "üa");
}

}  // namespace jobgate
