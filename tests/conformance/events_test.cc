#include "tests/conformance/world.h"

namespace jobgate {
namespace {

template <typename Kind>
Event Append(World<Kind>& world, std::string type, std::optional<JobId> job_id = std::nullopt) {
  Event event = EventOf(std::move(type), std::move(job_id));
  REQUIRE_OK(world->AppendEvent(event));
  return event;
}

std::vector<int64_t> SeqsOf(const std::vector<Event>& events) {
  std::vector<int64_t> seqs;
  for (const Event& event : events) seqs.push_back(event.seq);
  return seqs;
}

using Seqs = std::vector<int64_t>;

}  // namespace

TEST_CASE_TEMPLATE("store: events are numbered from 1 and come back as they were", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  CHECK(world.Value(world->LastEventSeq()) == 0);
  Event full = EventOf("job:approved", "job_1");
  full.actor = "token:ci";
  full.payload = R"({"comment":"ok \"quoted\""})";
  Event plain = EventOf("worker:started");
  world.Turn([&] {
    REQUIRE_OK(world->AppendEvent(full));
    REQUIRE_OK(world->AppendEvent(plain));
  });
  CHECK(full.seq == 1);
  CHECK(plain.seq == 2);
  CHECK(world.Value(world->LastEventSeq()) == 2);
  CHECK(world.Value(world->Events({})) == std::vector<Event>{full, plain});
}

TEST_CASE_TEMPLATE("store: an event of another store keeps its number and its hash", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  Event first = EventOf("worker:started"), second = first;
  first.seq = 100;
  first.chain = std::string(64, 'a');
  second.seq = 101;
  world.Turn([&] {
    REQUIRE_OK(world->InsertEvent(first));
    REQUIRE_OK(world->InsertEvent(second));
  });
  CHECK(world.Value(world->Events({})) == std::vector<Event>{first, second});
  const auto refused = [&](int64_t seq, const std::string& chain) {
    Event event = EventOf("worker:started");
    event.seq = seq;
    event.chain = chain;
    REQUIRE_OK(world->Begin());
    const Result<void> inserted = world->InsertEvent(event);
    world->Rollback();
    REQUIRE(!inserted);
    CHECK(inserted.error().code == Code::kInvalidArgument);
  };
  refused(7, "");
  refused(101, "");
  refused(103, "");
  refused(102, "no hash");
  refused(102, std::string(64, 'G'));
  world.Restart();
  CHECK(world.Value(world->LastEventSeq()) == 101);
  CHECK(SeqsOf(world.Value(world->Events({}))) == Seqs{100, 101});
  world.Turn([&] { CHECK(Append(world, "worker:started").seq == 102); });
}

TEST_CASE_TEMPLATE("store: events are read after a number, by job, up to a limit", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  world.Turn([&] {
    for (int i = 1; i <= 10; ++i) Append(world, "job:progress", i % 3 == 0 ? "job_3" : "job_1");
  });
  auto read = [&](int64_t after, std::optional<JobId> job, int limit) {
    return SeqsOf(world.Value(world->Events({after, std::move(job), limit})));
  };
  CHECK(read(0, std::nullopt, 3) == Seqs{1, 2, 3});
  CHECK(read(8, std::nullopt, 100) == Seqs{9, 10});
  CHECK(read(10, std::nullopt, 100).empty());
  CHECK(read(0, "job_3", 100) == Seqs{3, 6, 9});
  CHECK(read(3, "job_3", 1) == Seqs{6});
  CHECK(read(0, "job_2", 100).empty());
}

TEST_CASE_TEMPLATE("store: event numbers have no gaps after rollbacks, restarts and crashes", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  world.Turn([&] {
    Append(world, "job:submitted");
    REQUIRE_OK(world->Savepoint());
    CHECK(Append(world, "job:started").seq == 2);
    Append(world, "job:progress");
    REQUIRE_OK(world->RollbackToSavepoint());
    CHECK(Append(world, "job:canceled").seq == 2);
  });
  REQUIRE_OK(world->Begin());
  CHECK(Append(world, "job:failed").seq == 3);
  world->Rollback();
  world.Turn([&] { CHECK(Append(world, "job:failed").seq == 3); });
  world.Restart();
  world.Turn([&] { CHECK(Append(world, "job:failed").seq == 4); });
  REQUIRE_OK(world->Begin());
  Append(world, "job:failed");
  world.Crash();
  world.Turn([&] { CHECK(Append(world, "job:failed").seq == 5); });
  CHECK(SeqsOf(world.Value(world->Events({}))) == Seqs{1, 2, 3, 4, 5});
  CHECK(world.Value(world->LastEventSeq()) == 5);
}

TEST_CASE_TEMPLATE(
    "store: an event without a prefix or with a payload that is no object is refused", Kind,
    JOBGATE_STORE_KINDS) {
  World<Kind> world;
  REQUIRE_OK(world->Begin());
  Event bare = EventOf("started");
  CHECK(!world->AppendEvent(bare));
  Event list = EventOf("job:started");
  list.payload = "[]";
  CHECK(!world->AppendEvent(list));
  CHECK(Append(world, "job:started").seq == 1);
  REQUIRE_OK(world->Commit());
}

}  // namespace jobgate
