// The chain of events: what jobgate writes always follows, and what anybody else does is found.
#include <SQLiteCpp/SQLiteCpp.h>

#include <sstream>

#include "src/base/digest.h"
#include "store/audit.h"
#include "store/forgotten_payload.h"
#include "store/transfer/export_reader.h"
#include "store/transfer/export_writer.h"
#include "store/transfer/store_filler.h"
#include "tests/conformance/world.h"

namespace jobgate {
namespace {

template <typename Kind>
Event Append(World<Kind>& world, const std::string& type, const std::string& payload = "{}") {
  Event event = EventOf(type, "job_1");
  event.actor = "os:ada";
  event.payload = payload;
  REQUIRE_OK(world->AppendEvent(event));
  return event;
}

ChainReport Walked(const std::vector<Event>& events) {
  ChainWalk walk;
  for (const Event& event : events) walk.Take(event);
  return walk.report();
}

template <typename Kind>
ChainReport Walked(World<Kind>& world) {
  return Walked(world.Value(world->Events({0, std::nullopt, 1000})));
}

// Ten events of a sound chain, without a store.
std::vector<Event> Chained() {
  std::vector<Event> events;
  std::string head;
  for (int64_t seq = 1; seq <= 10; ++seq) {
    Event event = EventOf("job:progress", "job_" + std::to_string(seq % 3));
    event.seq = seq;
    event.payload = R"({"n":)" + std::to_string(seq) + "}";
    event.chain = head = ChainAfter(head, event);
    events.push_back(std::move(event));
  }
  return events;
}

int64_t BreakIn(const std::vector<Event>& events) {
  const auto found = Walked(events).first_break;
  return found ? found->seq : 0;
}

}  // namespace

TEST_CASE("chain: the hash is that of the text in the documentation") {
  Event event = EventOf("job:approved", "job_1");
  event.seq = 7;
  event.payload = R"({"comment":"ok"})";
  const std::string payload = Sha256Hex(event.payload);
  const std::string before(64, 'b');
  CHECK(ChainAfter(before, event) ==
        Sha256Hex("[\"" + before + R"(",7,1767225600000,"job:approved","job_1",null,")" + payload +
                  "\"]"));
  event.actor = "token:\"ci\"\n";
  event.job_id.reset();
  CHECK(ChainAfter("", event) ==
        Sha256Hex("[\"" + std::string(64, '0') + R"(",7,1767225600000,"job:approved",null,)" +
                  R"("token:\"ci\"\n",")" + payload + "\"]"));
}

TEST_CASE("chain: every field of an event is in its hash, and no two fields can be mixed up") {
  Event event = EventOf("job:approved", "job_1");
  event.seq = 7;
  event.actor = "os:ada";
  const std::string chain = ChainAfter("", event);
  const auto differs = [&](auto change) {
    Event other = event;
    change(other);
    CHECK(ChainAfter("", other) != chain);
  };
  differs([](Event& e) { e.seq = 8; });
  differs([](Event& e) { e.at += Duration(1); });
  differs([](Event& e) { e.type = "job:rejected"; });
  differs([](Event& e) { e.job_id = "job_2"; });
  differs([](Event& e) { e.job_id.reset(); });
  differs([](Event& e) { e.actor = "os:eve"; });
  differs([](Event& e) { e.payload = "{ }"; });
  differs([](Event& e) { e.actor.reset(), e.job_id = "job_1\",\"os:ada"; });
  CHECK(ChainAfter(std::string(64, '1'), event) != chain);
}

TEST_CASE("chain: a forgotten payload is still the one that was chained") {
  std::vector<Event> events = Chained();
  events[3].payload = ForgottenPayload(events[3].payload);
  CHECK(BreakIn(events) == 0);
  events[5].payload = ForgottenPayload(R"({"n":"another"})");
  CHECK(BreakIn(events) == 6);
}

TEST_CASE("chain: the first event that was edited, removed, moved or added is named") {
  const std::vector<Event> sound = Chained();
  CHECK(BreakIn(sound) == 0);
  for (size_t at = 0; at < sound.size(); ++at) {
    CAPTURE(at);
    const auto seq = static_cast<int64_t>(at) + 1;
    std::vector<Event> events = sound;
    events[at].actor = "os:eve";
    CHECK(BreakIn(events) == seq);
    // Its own hash computed anew: the next one gives it away, if there is one.
    events[at].chain = ChainAfter(at == 0 ? "" : events[at - 1].chain, events[at]);
    CHECK(BreakIn(events) == (at + 1 < sound.size() ? seq + 1 : 0));

    events = sound;
    events.erase(events.begin() + static_cast<std::ptrdiff_t>(at));
    if (at + 1 < sound.size()) CHECK(BreakIn(events) == seq + 1);
    for (size_t later = at; later < events.size(); ++later) --events[later].seq;
    CHECK(BreakIn(events) == (at + 1 < sound.size() ? seq : 0));

    events = sound;
    events[at].chain = "";
    CHECK(BreakIn(events) == (at == 0 ? 2 : seq));

    if (at + 1 == sound.size()) continue;
    events = sound;
    std::swap(events[at], events[at + 1]);
    std::swap(events[at].seq, events[at + 1].seq);
    CHECK(BreakIn(events) == seq);
  }
  std::vector<Event> longer = sound;
  longer.push_back(sound.back());
  ++longer.back().seq;
  CHECK(BreakIn(longer) == 11);
}

TEST_CASE("chain: events from before it are told apart from those in it") {
  std::vector<Event> events = Chained();
  for (size_t at = 0; at < 4; ++at) events[at].chain = "";
  std::string head;
  for (size_t at = 4; at < events.size(); ++at)
    events[at].chain = head = ChainAfter(head, events[at]);
  const ChainReport report = Walked(events);
  CHECK(!report.first_break);
  CHECK(report.events == 6);
  CHECK(report.events_before == 4);
  CHECK(report.first_seq == 5);
  CHECK(report.last_seq == 10);
  CHECK(report.head == head);
  CHECK(TextOf(report) ==
        "6 events chained, from 5 to 10; 4 before them are from before the chain");
}

TEST_CASE("chain: a head is a number, a colon and a hash, and nothing else") {
  const std::string hash(64, 'a');
  const auto head = ParseChainHead("57:" + hash);
  REQUIRE_OK(head);
  CHECK(head->seq == 57);
  CHECK(head->chain == hash);
  for (const std::string& text : std::vector<std::string>{
           "", "57", "57:", ":" + hash, "0:" + hash, "-1:" + hash, "57:" + hash + "a",
           "57: " + hash, "57:" + std::string(64, 'A'), "99999999999999999999:" + hash})
    CHECK(!ParseChainHead(text));
}

TEST_CASE_TEMPLATE("chain: it goes on after rollbacks, restarts, crashes and reopening", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  world.Turn([&] {
    Append(world, "job:submitted");
    REQUIRE_OK(world->Savepoint());
    Append(world, "job:started");
    REQUIRE_OK(world->RollbackToSavepoint());
    Append(world, "job:canceled");
  });
  CHECK(!Walked(world).first_break);
  REQUIRE_OK(world->Begin());
  Append(world, "job:failed");
  world->Rollback();
  world.Turn([&] { Append(world, "job:failed"); });
  REQUIRE_OK(world->Reopen());
  world.Turn([&] { Append(world, "job:failed"); });
  world.Restart();
  world.Turn([&] { Append(world, "job:failed"); });
  REQUIRE_OK(world->Begin());
  Append(world, "job:failed");
  world.Crash();
  Event last;
  world.Turn([&] { last = Append(world, "job:failed"); });
  const ChainReport report = Walked(world);
  CHECK(!report.first_break);
  CHECK(report.events == 6);
  CHECK(report.head == last.chain);
}

TEST_CASE_TEMPLATE("chain: it holds over folds and forgotten payloads", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const std::string long_payload = R"({"text":")" + std::string(2000, 'x') + "\"}";
  for (int turn = 0; turn < 120; ++turn)
    world.Turn([&] { Append(world, "job:progress", long_payload); });
  world.Turn([&] { world.Value(world->DropPayloads("job_1", 20, 30)); });
  REQUIRE_OK(world->Checkpoint());
  for (int turn = 0; turn < 60; ++turn) world.Turn([&] { Append(world, "job:progress", "{}"); });
  world.Restart();
  const ChainReport report = Walked(world);
  CHECK(!report.first_break);
  CHECK(report.events == 180);
}

TEST_CASE("chain: a database of the first version begins it at the next event") {
  World<SqliteKind> world;
  world.Turn([&] { Append(world, "job:submitted"), Append(world, "job:started"); });
  SQLite::Database(world.path(), SQLite::OPEN_READWRITE).exec("UPDATE events SET chain = NULL");
  world.Restart();
  world.Turn([&] { Append(world, "job:succeeded"); });
  const ChainReport report = Walked(world);
  CHECK(!report.first_break);
  CHECK(report.events_before == 2);
  CHECK(report.first_seq == 3);
}

TEST_CASE("chain: an export carries it as it is, sound or broken, into any store") {
  for (const bool broken : {false, true})
    for (const char* from : {"sqlite", "jsonl"})
      for (const char* to : {"sqlite", "jsonl"}) {
        CAPTURE(broken);
        CAPTURE(from);
        CAPTURE(to);
        const TempDir dir;
        const auto first = UpkeepOf(from, dir / "first"), second = UpkeepOf(to, dir / "second");
        std::vector<Event> events = Chained();
        if (broken) events[4].actor = "os:eve";
        REQUIRE_OK(first->Rebuild([&](Store& store) -> Result<void> {
          JOBGATE_TRY(store.Begin());
          for (const Event& event : events) JOBGATE_TRY(store.InsertEvent(event));
          return store.Commit();
        }));
        std::string text;
        REQUIRE_OK(WriteExport(*first, kSampleTime, "test", [&](std::string_view bytes) {
          text += bytes;
          return Result<void>();
        }));
        REQUIRE_OK(second->Rebuild([&](Store& store) -> Result<void> {
          StoreFiller filler(store);
          std::istringstream in(text);
          if (auto read = ReadExport(in, "it", filler); !read) return Fail(read.error());
          return filler.Finish();
        }));
        const std::string backup = dir / "backup";
        REQUIRE_OK(second->Backup(backup));
        REQUIRE_OK(second->Restore(backup));
        const auto report =
            Audit(*second, {{{10, events.back().chain}}, {{5, std::string(64, 'a')}}, {{11, ""}}});
        REQUIRE_OK(report);
        CHECK(report->chain.events == 10);
        CHECK(report->chain.first_break.has_value() == broken);
        if (broken) CHECK(report->chain.first_break->seq == 5);
        CHECK(report->heads[0].what == "");
        CHECK(report->heads[1].what.find("event 5 has the hash ") == 0);
        CHECK(report->heads[2].what.find("there is no event 11") == 0);
        CHECK(!report->IsSound());
        CHECK(report->chain.origin == OriginOf(Chained().front()));
        const auto verified = second->Verify();
        REQUIRE_OK(verified);
        CHECK(verified->IsSound() == !broken);
      }
}

TEST_CASE("chain: a witness of another store counts for nothing, one of a job that is gone does") {
  const TempDir dir;
  const auto upkeep = UpkeepOf("jsonl", dir / "store");
  const std::vector<Event> events = Chained();
  REQUIRE_OK(upkeep->Rebuild([&](Store& store) -> Result<void> {
    JOBGATE_TRY(store.Begin());
    for (const Event& event : events) JOBGATE_TRY(store.InsertEvent(event));
    return store.Commit();
  }));
  const std::string origin = OriginOf(events.front()), other = "0123456789ab";
  const ChainHead here = {10, events.back().chain}, there = {4, std::string(64, 'a')},
                  later = {11, std::string(64, 'a')};
  struct Row {
    Witness witness;
    bool differs, is_of_another;
  };
  for (const Row& row :
       {Row{{here, "job_1", origin}, false, false}, Row{{there, "job_1", origin}, true, false},
        Row{{there, "job_1", other}, true, false}, Row{{there, "job_x", origin}, true, false},
        Row{{later, "job_x", origin}, true, false}, Row{{there, "job_x", other}, true, true},
        Row{{later, "job_x", other}, true, true}, Row{{there, std::nullopt, other}, true, true}}) {
    CAPTURE(row.witness.head.seq);
    CAPTURE(row.witness.origin);
    const auto report = Audit(*upkeep, {row.witness});
    REQUIRE_OK(report);
    CHECK(report->heads[0].what.empty() != row.differs);
    CHECK(report->heads[0].is_of_another == row.is_of_another);
    CHECK(report->IsSound() == (!row.differs || row.is_of_another));
  }
}

}  // namespace jobgate
