#include "src/supervisor/text.h"

#include <doctest/doctest.h>

namespace jobgate {

TEST_CASE("text: the last line that is not empty is the one shown") {
  CHECK(LastLine("1 a\n2 b\n", 200) == "2 b");
  CHECK(LastLine("1 a\n2 b", 200) == "2 b");
  CHECK(LastLine("1 a\n\n\r\n", 200) == "1 a");
  CHECK(LastLine("", 200).empty());
  CHECK(LastLine("\n\n", 200).empty());
}

TEST_CASE("text: a shown line has no control characters and no broken UTF-8") {
  CHECK(LastLine("a\x1b[31m\tb\x7f\xc2\x85"
                 "c",
                 200) == "a[31mbc");
  CHECK(LastLine("\xff\xfe"
                 "ok\xc3",
                 200) == "ok");
}

TEST_CASE("text: a shown line is cut at a character's end") {
  CHECK(LastLine("aü", 2) == "a");
  CHECK(LastLine("aü", 3) == "aü");
  CHECK(LastLine("abcd", 3) == "abc");
}

TEST_CASE("text: UTF-8 is told from what only looks like it") {
  CHECK(Utf8Length("a") == 1);
  CHECK(Utf8Length("ü") == 2);
  CHECK(Utf8Length("€") == 3);
  CHECK(Utf8Length("𝄞") == 4);
  for (const char* bad : {"", "\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\xc3", "\xf5\x80\x80\x80"}) {
    CHECK(Utf8Length(bad) == 0);
  }
}

TEST_CASE("text: bytes are shown as hex") {
  CHECK(ToHex(std::string("\0\x7f\xff", 3)) == "007fff");
}

}  // namespace jobgate
