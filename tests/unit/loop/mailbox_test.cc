#include "src/loop/mailbox.h"

#include <doctest/doctest.h>
#include <poll.h>

namespace jobgate {
namespace {

bool IsRung(const Mailbox& mailbox) {
  pollfd ready{mailbox.fd(), POLLIN, 0};
  return ::poll(&ready, 1, 0) == 1;
}

Envelope EnvelopeOf(const Actor& actor) {
  return {TakeSnapshot{}, actor, [](const Result<Reply>&) {}};
}

}  // namespace

TEST_CASE("mailbox: what was posted together is taken together, once it was rung for") {
  Mailbox mailbox(10);
  CHECK(mailbox.Post(EnvelopeOf("a")));
  CHECK(mailbox.Post(EnvelopeOf("b")));
  CHECK_FALSE(IsRung(mailbox));
  mailbox.Ring();
  CHECK(IsRung(mailbox));
  const auto taken = mailbox.Take(10);
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].actor == "a");
  CHECK(taken[1].actor == "b");
  CHECK_FALSE(IsRung(mailbox));
}

TEST_CASE("mailbox: ringing for nothing wakes nobody") {
  Mailbox mailbox(10);
  mailbox.Ring();
  CHECK_FALSE(IsRung(mailbox));
  CHECK(mailbox.Post(EnvelopeOf("a")));
  CHECK(mailbox.Take(10).size() == 1);  // the loop was awake anyway
  mailbox.Ring();
  CHECK_FALSE(IsRung(mailbox));
}

TEST_CASE("mailbox: a turn takes no more than its limit, and the rest stays rung for") {
  Mailbox mailbox(10);
  for (const char* actor : {"a", "b", "c"}) CHECK(mailbox.Post(EnvelopeOf(actor)));
  mailbox.Ring();
  CHECK(mailbox.Take(2).size() == 2);
  CHECK(IsRung(mailbox));
  CHECK(mailbox.Take(2).size() == 1);
  CHECK_FALSE(IsRung(mailbox));
}

TEST_CASE("mailbox: the rest of what nobody has rung for yet is rung for") {
  Mailbox mailbox(10);
  for (const char* actor : {"a", "b", "c"}) CHECK(mailbox.Post(EnvelopeOf(actor)));
  CHECK(mailbox.Take(1).size() == 1);
  mailbox.Ring();
  CHECK(IsRung(mailbox));
}

TEST_CASE("mailbox: a full one, and a closed one, refuse and leave the envelope as it is") {
  Mailbox mailbox(1);
  CHECK(mailbox.Post(EnvelopeOf("a")));
  Envelope refused = EnvelopeOf("b");
  CHECK_FALSE(mailbox.Post(std::move(refused)));
  CHECK(refused.actor == "b");  // NOLINT(bugprone-use-after-move): a refused envelope is untouched
  CHECK(mailbox.Close().size() == 1);
  CHECK_FALSE(mailbox.Post(std::move(refused)));
}

}  // namespace jobgate
