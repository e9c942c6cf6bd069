// What is still to be told to the approvals' provider.
#include "tests/conformance/world.h"

namespace jobgate {
namespace {

OutboxMessage Message(const std::string& id, const JobId& job_id = "job_1") {
  return {"msg_" + id, job_id, "comment", R"({"text":"waits"})", kSampleTime, std::nullopt};
}

OutboxMessage Parked(OutboxMessage message) {
  message.parked = "422: the issue is locked";
  return message;
}

template <typename Kind>
void Put(World<Kind>& world, const OutboxMessage& message) {
  world.Turn([&] { REQUIRE_OK(world->PutOutbox(message)); });
}

using Messages = std::vector<OutboxMessage>;

}  // namespace

TEST_CASE_TEMPLATE("outbox: messages come back as they were, by id, after one, up to a limit", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  OutboxMessage odd = Message("b");
  odd.request = R"({ "title": "\u00fc \"quoted\"" })";
  odd.kind = "issue";
  const OutboxMessage first = Message("a"), last = Message("c", "job_2");
  world.Turn([&] {
    for (const OutboxMessage& message : {last, odd, first}) REQUIRE_OK(world->PutOutbox(message));
  });
  CHECK(world.Value(world->Outbox(false, "", 10)) == Messages{first, odd, last});
  CHECK(world.Value(world->Outbox(false, "", 2)) == Messages{first, odd});
  CHECK(world.Value(world->Outbox(false, "msg_a", 10)) == Messages{odd, last});
  CHECK(world.Value(world->Outbox(false, "msg_aa", 1)) == Messages{odd});
  CHECK(world.Value(world->Outbox(false, "msg_c", 10)).empty());
  CHECK(world.Value(world->Outbox(true, "", 10)).empty());
  world.Restart();
  CHECK(world.Value(world->Outbox(false, "", 10)) == Messages{first, odd, last});
  CHECK(world.Value(world.Reader()->Outbox(false, "", 10)) == Messages{first, odd, last});
}

TEST_CASE_TEMPLATE("outbox: parking and un-parking move a message, with its reason", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const OutboxMessage one = Message("a"), other = Message("b");
  Put(world, one);
  Put(world, other);
  Put(world, Parked(one));
  CHECK(world.Value(world->Outbox(false, "", 10)) == Messages{other});
  CHECK(world.Value(world->Outbox(true, "", 10)) == Messages{Parked(one)});
  CHECK(world.Value(world->CountOutbox()) == OutboxCounts{1, 1});
  CHECK(world.Value(world.Reader()->CountOutbox()) == OutboxCounts{1, 1});
  world.Crash();
  CHECK(world.Value(world->CountOutbox()) == OutboxCounts{1, 1});
  Put(world, one);
  CHECK(world.Value(world->Outbox(false, "", 10)) == Messages{one, other});
  CHECK(world.Value(world->CountOutbox()) == OutboxCounts{2, 0});
}

TEST_CASE_TEMPLATE("outbox: what was delivered is gone, and cannot be delivered again", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  Put(world, Message("a"));
  Put(world, Parked(Message("b")));
  world.Turn([&] {
    REQUIRE_OK(world->DropOutbox("msg_a"));
    REQUIRE_OK(world->DropOutbox("msg_b"));
    const Result<void> again = world->DropOutbox("msg_a");
    REQUIRE(!again);
    CHECK(again.error().code == Code::kNotFound);
  });
  world.Crash();
  CHECK(world.Value(world->CountOutbox()) == OutboxCounts{});
  CHECK(world.Value(world->Outbox(false, "", 10)).empty());
}

TEST_CASE_TEMPLATE("outbox: a turn that is rolled back leaves no message and delivers none", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  Put(world, Message("a"));
  world.Turn([&] {
    REQUIRE_OK(world->Savepoint());
    REQUIRE_OK(world->PutOutbox(Message("b")));
    REQUIRE_OK(world->DropOutbox("msg_a"));
    REQUIRE_OK(world->RollbackToSavepoint());
    CHECK(world.Value(world->CountOutbox()) == OutboxCounts{1, 0});
  });
  REQUIRE_OK(world->Begin());
  REQUIRE_OK(world->PutOutbox(Parked(Message("a"))));
  world->Rollback();
  CHECK(world.Value(world->Outbox(false, "", 10)) == Messages{Message("a")});
}

TEST_CASE_TEMPLATE("outbox: a deleted job's messages are still to be told", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job ended = world.Insert(Ended(world.jobs.Queued(), JobState::kCanceled));
  Put(world, Message("a", ended.id));
  world.Turn([&] { REQUIRE_OK(world->DeleteJob(ended.id)); });
  world.Crash();
  CHECK(world.Value(world->Outbox(false, "", 10)) == Messages{Message("a", ended.id)});
}

TEST_CASE_TEMPLATE("outbox: what is no message is refused", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  REQUIRE_OK(world->Begin());
  const auto refused = [&](auto change) {
    OutboxMessage message = Message("a");
    change(message);
    const Result<void> put = world->PutOutbox(message);
    REQUIRE(!put);
    CHECK(put.error().code == Code::kInternal);
  };
  refused([](OutboxMessage& message) { message.id = "a"; });
  refused([](OutboxMessage& message) { message.job_id = "1"; });
  refused([](OutboxMessage& message) { message.kind = ""; });
  refused([](OutboxMessage& message) { message.request = "[]"; });
  refused([](OutboxMessage& message) { message.parked = ""; });
  world->Rollback();
}

}  // namespace jobgate
