#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/http/server_world.h"

namespace jobgate {
namespace {

using std::chrono::milliseconds;

TEST_CASE("event stream: what is committed from now on arrives, in order") {
  ServerWorld world;
  world.Commit("job:submitted", "job_1");
  RawClient client = world.Client();
  client.Send(world.Get("/api/v1/events"));
  const std::string start = client.ReadUntil("id: 1\n\n");
  CHECK(start.find("Content-Type: text/event-stream") != std::string::npos);
  CHECK(start.find("data:") == std::string::npos);
  world.Commit("job:started", "job_1");
  world.Commit("job:succeeded", "job_1");
  const std::string first = client.ReadUntil("\n\n");
  CHECK(first.find("id: 2\nevent: job:started\ndata: {") != std::string::npos);
  CHECK(first.find("\"jobId\":\"job_1\"") != std::string::npos);
  CHECK(client.ReadUntil("\n\n").find("id: 3\nevent: job:succeeded\n") != std::string::npos);
}

TEST_CASE("event stream: Last-Event-ID and after resume without a gap or a repeat") {
  ServerWorld world;
  for (int i = 1; i <= 250; ++i) world.Commit("job:submitted", "job_1");
  for (const bool header : {true, false}) {
    RawClient client = world.Client();
    client.Send(header ? world.Get("/api/v1/events", "Last-Event-ID: 17\r\n")
                       : world.Get("/api/v1/events?after=17"));
    client.ReadUntil("id: 17\n\n");
    const std::string all = client.ReadUntil("id: 250\n");
    size_t at = 0;
    for (int seq = 18; seq <= 250; ++seq) {
      at = all.find("id: " + std::to_string(seq) + "\n", at);
      REQUIRE(at != std::string::npos);
    }
    CHECK(all.find("id: 18\n", all.find("id: 18\n") + 1) == std::string::npos);
  }
  CHECK(world.Ask(world.Get("/api/v1/events", "Last-Event-ID: x\r\n")).status == 400);
}

TEST_CASE("event stream: of one job alone") {
  ServerWorld world;
  world.store.Put(MakeJob("job_1A"));
  RawClient client = world.Client();
  client.Send(world.Get("/api/v1/events?job=job_1"));
  client.ReadUntil("id: 0\n\n");
  world.Commit("job:started", "job_2B");
  world.Commit("job:started", "job_1A");
  const std::string event = client.ReadUntil("\n\n");
  CHECK(event.find("id: 2\n") != std::string::npos);
  CHECK(world.Ask(world.Get("/api/v1/events?job=job_9")).status == 404);
}

TEST_CASE("event stream: silence is filled with comments") {
  ServerWorld world([](HttpOptions& options) { options.stream_keep_alive = milliseconds(20); });
  RawClient client = world.Client();
  client.Send(world.Get("/api/v1/events"));
  client.ReadUntil(": still here\n\n");
  client.ReadUntil(": still here\n\n");
}

TEST_CASE("event stream: a reader that fails for a while only delays it") {
  ServerWorld world;
  RawClient client = world.Client();
  client.Send(world.Get("/api/v1/events"));
  client.ReadUntil("id: 0\n\n");
  world.store.Break(true);
  world.Commit("job:started", "job_1");
  CHECK(world.Ask(world.Get("/api/v1/jobs")).status == 503);
  world.store.Break(false);
  client.ReadUntil("id: 1\n");
}

TEST_CASE("event stream: as a page of JSON for those who accept that") {
  ServerWorld world;
  for (int i = 0; i < 5; ++i) world.Commit("job:submitted", i % 2 ? "job_odd" : "job_even");
  world.store.Put(MakeJob("job_even"));
  const std::string json = "Accept: application/json\r\n";
  Json page = world.Ask(world.Get("/api/v1/events?limit=2", json)).Parsed();
  REQUIRE(page["events"].size() == 2);
  CHECK(page["events"][0]["seq"] == 4);
  CHECK(page["events"][1]["seq"] == 5);
  CHECK(page["lastSeq"] == 5);
  page = world.Ask(world.Get("/api/v1/events?after=1&limit=2", json)).Parsed();
  CHECK(page["events"][0]["seq"] == 2);
  CHECK(page["lastSeq"] == 3);
  page = world.Ask(world.Get("/api/v1/events?limit=2&job=job_even", json)).Parsed();
  CHECK(page["events"][0]["seq"] == 3);
  CHECK(page["events"][1]["seq"] == 5);
}

TEST_CASE("event stream: too many streams are refused, requests go on") {
  ServerWorld world([](HttpOptions& options) { options.streams_max = 1; });
  RawClient first = world.Client();
  first.Send(world.Get("/api/v1/events"));
  first.ReadUntil("id: 0\n\n");
  CHECK(world.Ask(world.Get("/api/v1/events")).status == 503);
  CHECK(world.Ask(world.Get("/healthz")).status == 200);
}

TEST_CASE("event stream: a client that does not read holds up nobody and keeps its place") {
  ServerWorld world;
  world.store.Put(MakeJob("job_1"));
  RawClient slow(world.server->port(), 4096);
  slow.Send(world.Get("/api/v1/events"));
  RawClient quick = world.Client();
  quick.Send(world.Get("/api/v1/events"));
  quick.ReadUntil("id: 0\n\n");
  const std::string payload = R"({"text":")" + std::string(8000, 'x') + "\"}";
  constexpr int kEvents = 2000;
  int64_t last = 0;
  for (int i = 0; i < kEvents; ++i) last = world.store.Append("job:progress", "job_1", payload);
  world.server->EventsCommitted(last);
  const std::string final_id = "id: " + std::to_string(kEvents) + "\n";
  quick.ReadUntil(final_id);
  CHECK(world.Ask(world.Get("/healthz")).status == 200);
  slow.ReadUntil("id: 1\n");
  slow.ReadUntil(final_id);
}

TEST_CASE("event stream: a client that reads nothing at all is given up") {
  ServerWorld world([](HttpOptions& options) { options.write_timeout = milliseconds(100); });
  RawClient stuck(world.server->port(), 4096);
  stuck.Send(world.Get("/api/v1/events"));
  stuck.ReadUntil("id: 0\n\n");
  const std::string payload = R"({"text":")" + std::string(60'000, 'x') + "\"}";
  int64_t last = 0;
  for (int i = 0; i < 500; ++i) last = world.store.Append("job:progress", "job_1", payload);
  world.server->EventsCommitted(last);
  // It is closed before all could be sent.
  CHECK_THROWS(stuck.ReadUntil("id: 500\n"));
}

TEST_CASE("event stream: HEAD tells the type and ends") {
  ServerWorld world;
  RawClient client = world.Client();
  client.Send("HEAD /api/v1/events HTTP/1.1\r\n" + world.HostLine() + world.TokenLine() + "\r\n");
  CHECK(client.Read(true).Header("content-type") == "text/event-stream");
  CHECK(client.Ask(world.Get("/healthz")).status == 200);
}

TEST_CASE("event stream: it ends when the server stops") {
  ServerWorld world;
  RawClient client = world.Client();
  client.Send(world.Get("/api/v1/events"));
  client.ReadUntil("id: 0\n\n");
  world.server->Stop();
  CHECK_THROWS(client.ReadUntil("never"));
}

}  // namespace
}  // namespace jobgate
