#include "src/config/line_map.h"

#include <doctest/doctest.h>

namespace jobgate {
namespace {

TEST_CASE("lines: each value has the line it stands in, numbers before a line's end too") {
  const LineMap lines("{\n\"a\": 1\n,\n\"b\": [1\n,2,\n\n3\n],\n\"c\":\n{\"d/e\": true}}");
  CHECK(lines.LineOf("") == 1);
  CHECK(lines.LineOf("/a") == 2);
  CHECK(lines.LineOf("/b") == 4);
  CHECK(lines.LineOf("/b/0") == 4);
  CHECK(lines.LineOf("/b/1") == 5);
  CHECK(lines.LineOf("/b/2") == 7);
  CHECK(lines.LineOf("/c") == 9);
  CHECK(lines.LineOf("/c/d~1e") == 10);
}

TEST_CASE("lines: what is not there has the line of what would hold it") {
  const LineMap lines("{\n\"a\": {\n\"b\": 1}}");
  CHECK(lines.LineOf("/a/x/y") == 2);
  CHECK(lines.LineOf("/z") == 1);
}

TEST_CASE("lines: of a key that stands twice the last one counts") {
  const LineMap lines("{\"a\": [\n1,\n2],\n\"a0\": 1, \"a\": [\n3]}");
  CHECK(lines.LineOf("/a") == 4);
  CHECK(lines.LineOf("/a/0") == 5);
  CHECK(lines.LineOf("/a/1") == 4);
  CHECK(lines.LineOf("/a0") == 4);
}

TEST_CASE("lines: a text that breaks off, or is nested without end, has lines up to there") {
  CHECK(LineMap("{\n\"a\": 1,\n\"b\": {,").LineOf("/b") == 3);
  CHECK(LineMap("{\n\"a\":\n" + std::string(1'000'000, '[')).LineOf("/a/0") == 3);
}

}  // namespace
}  // namespace jobgate
