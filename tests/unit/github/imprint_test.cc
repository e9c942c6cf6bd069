#include "approvals/github/imprint.h"

#include <doctest/doctest.h>

namespace jobgate::github {
namespace {

const std::string kHash(64, 'a');
const Imprint kImprint = {.job_id = "job_01KDVQ0000000000000000AAAA",
                          .head = {57, kHash},
                          .origin = "9f86d081884c",
                          .message_id = "msg_01KDVQ0000000000000000BBBB"};

void CheckRead(const std::string& text) {
  CAPTURE(text);
  const auto read = ImprintOf(text);
  REQUIRE(read);
  CHECK(read->job_id == kImprint.job_id);
  CHECK(read->head.seq == 57);
  CHECK(read->head.chain == kHash);
  CHECK(read->origin == kImprint.origin);
  CHECK(read->message_id == kImprint.message_id);
}

std::string Replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

}  // namespace

TEST_CASE("imprint: what is written is read, whatever stands before it") {
  const std::string text = TextOf(kImprint);
  CHECK(text.ends_with("\n<!-- jobgate:msg_01KDVQ0000000000000000BBBB -->\n"));
  CHECK(text.find("audit head 57:" + kHash) != std::string::npos);
  CheckRead(text);
  CheckRead("Succeeded.\n\n" + text);
  CheckRead("Succeeded.\n\n" + text.substr(0, text.size() - 1));
  Imprint other = kImprint;
  other.head.seq = 3;
  CheckRead("```text\n" + TextOf(other) + "```\n\n" + text);
}

TEST_CASE("imprint: what a text quotes is none, nor what does not read exactly so") {
  const std::string text = TextOf(kImprint);
  for (const std::string& wrong : {std::string(),
                                   std::string("\n\n"),
                                   "```text\n" + text + "```\n",
                                   text + "\nPS",
                                   text + "\n",
                                   "> " + text,
                                   " " + text,
                                   text.substr(text.find('\n') + 1),
                                   text.substr(0, text.find('\n') + 1),
                                   Replaced(text, "57:", "-57:"),
                                   Replaced(text, "57:", "57:A"),
                                   Replaced(text, "57:a", "57:A"),
                                   Replaced(text, "history 9", "history "),
                                   Replaced(text, "history 9", "history X"),
                                   Replaced(text, "job_0", "job_"),
                                   Replaced(text, "AAAA ", "AA/. "),
                                   Replaced(text, "msg_0", "msg_"),
                                   Replaced(text, "</sub>", "</sub> "),
                                   Replaced(text, "</sub>", "</sub></sub>"),
                                   Replaced(text, " -->", " --> "),
                                   Replaced(text, "</sub>\n", "</sub>\n\n")}) {
    CAPTURE(wrong);
    CHECK_FALSE(ImprintOf(wrong));
  }
}

}  // namespace jobgate::github
