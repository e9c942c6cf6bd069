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
  CHECK(IsUtf8("aü€𝄞"));
  for (const char* bad : {"\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                          "\xc3", "\xf5\x80\x80\x80"}) {
    CHECK_FALSE(IsUtf8(bad));
  }
}

TEST_CASE("text: hex goes there and back, and nothing else is hex") {
  const std::string bytes("\0\x7f\xff", 3);
  std::string back;
  CHECK(ToHex(bytes) == "007fff");
  CHECK(FromHex("007fff", back));
  CHECK(back == bytes);
  for (const char* bad : {"0", "0G", "FF", " 0"}) CHECK_FALSE(FromHex(bad, back));
}

}  // namespace jobgate
