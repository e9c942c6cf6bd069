// Commands to the engine and answers that come later, out of order, or never.
#include <doctest/doctest.h>

#include <deque>
#include <future>
#include <mutex>
#include <string>

#include "tests/unit/http/server_world.h"

namespace jobgate {
namespace {

using std::chrono::milliseconds;

constexpr const char* kSubmit = R"({"entrypoint":"hello","params":{"name":"world"}})";

TEST_CASE("commands: a submission reaches the engine as it was sent, and its job comes back") {
  std::promise<SubmitJob> seen;
  ServerWorld world;
  world.Run([&](const Envelope& envelope) {
    seen.set_value(std::get<SubmitJob>(envelope.command));
    envelope.reply(world.FriendlyReply(envelope));
  });
  const RawReply reply = world.Ask(world.Post(
      "/api/v1/jobs",
      R"({"entrypoint":"hello","params":{"name":"x"},"priority":"high","delayMs":1500})"));
  CHECK(reply.status == 201);
  CHECK(reply.Header("location") == "/api/v1/jobs/job_01");
  CHECK(reply.Header("content-type") == "application/json");
  CHECK(reply.Parsed()["id"] == "job_01");
  const SubmitJob submit = seen.get_future().get();
  CHECK(submit.params == Json{{"name", "x"}});
  CHECK(submit.priority == Priority::kHigh);
  CHECK(submit.delay == milliseconds(1500));
}

TEST_CASE("commands: the active duplicate is a 200, a preview too") {
  bool preview = false;
  ServerWorld world;
  world.Run([&](const Envelope& envelope) {
    if (preview)
      envelope.reply(Reply(PreviewReply{{{"dryRun", true}}}));
    else
      envelope.reply(Reply(JobReply{MakeJob("job_old"), false}));
  });
  CHECK(world.Ask(world.Post("/api/v1/jobs", kSubmit)).status == 200);
  preview = true;
  const RawReply reply = world.Ask(world.Post("/api/v1/jobs", kSubmit));
  CHECK(reply.status == 200);
  CHECK(reply.Parsed()["dryRun"] == true);
}

TEST_CASE("commands: the engine's refusals become problems with status, pointer and Retry-After") {
  Error refusal;
  ServerWorld world;
  world.Run([&](const Envelope& envelope) { envelope.reply(Fail(refusal)); });
  refusal = {Code::kQueueFull, "100 jobs are queued"};
  refusal.retry_after = std::chrono::seconds(7);
  RawReply reply = world.Ask(world.Post("/api/v1/jobs", kSubmit));
  CHECK(reply.status == 429);
  CHECK(reply.Header("retry-after") == "7");
  CHECK(reply.Header("content-type") == "application/problem+json");
  CHECK(reply.Parsed()["retryAfterSeconds"] == 7);

  refusal = {Code::kInvalidArgument, "wrong"};
  refusal.fields = {{"/params/name", "is required"}};
  reply = world.Ask(world.Post("/api/v1/jobs", kSubmit));
  CHECK(reply.status == 400);
  CHECK(reply.Parsed()["errors"][0]["pointer"] == "/params/name");

  refusal = {Code::kConflict, "it runs"};
  refusal.job_id = "job_01";
  reply = world.Ask(world.Post("/api/v1/jobs/job_01/cancel", ""));
  CHECK(reply.status == 409);
  CHECK(reply.Parsed()["jobId"] == "job_01");
}

TEST_CASE("commands: wrong bodies never reach the engine") {
  std::atomic<int> commands = 0;
  ServerWorld world;
  world.Run([&](const Envelope& envelope) {
    ++commands;
    envelope.reply(world.FriendlyReply(envelope));
  });
  CHECK(world.Ask(world.Post("/api/v1/jobs", "")).status == 400);
  CHECK(world.Ask(world.Post("/api/v1/jobs", "{")).status == 400);
  CHECK(world.Ask(world.Post("/api/v1/jobs", "[]")).status == 400);
  const RawReply wrong =
      world.Ask(world.Post("/api/v1/jobs", R"({"entrypoint":1,"extra":2,"priority":"urgent"})"));
  CHECK(wrong.status == 400);
  CHECK(wrong.Parsed()["errors"].size() == 3);
  std::string form = world.Post("/api/v1/jobs", kSubmit);
  form.replace(form.find("application/json"), 16, "text/plain");
  CHECK(world.Ask(form).status == 415);
  CHECK(world.Ask(world.Post("/api/v1/jobs/job_01/priority", "{}")).status == 400);
  CHECK(world.Ask(world.Post("/api/v1/jobs?x=1", kSubmit)).status == 400);
  CHECK(commands == 0);
}

TEST_CASE("commands: each action carries the id prefix and its body") {
  std::mutex mutex;
  std::deque<Command> seen;
  ServerWorld world;
  world.Run([&](const Envelope& envelope) {
    {
      std::lock_guard lock(mutex);
      seen.push_back(envelope.command);
    }
    envelope.reply(world.FriendlyReply(envelope));
  });
  auto ask = [&](const std::string& action, const std::string& body, int status) {
    const std::string target = "/api/v1/jobs/job_0/" + action;
    const RawReply reply = world.Ask(world.Post(target, body, "X-Jobgate-Via: cli\r\n"));
    CAPTURE(reply.body);
    CHECK(reply.status == status);
    std::lock_guard lock(mutex);
    REQUIRE(seen.size() == 1);
    Command command = seen.front();
    seen.clear();
    return command;
  };
  CHECK(std::get<CancelJob>(ask("cancel", R"({"reason":"no"})", 200)).reason == "no");
  CHECK(std::get<CancelJob>(ask("cancel", "", 200)).id == "job_0");
  CHECK(std::get<SetPriority>(ask("priority", R"({"priority":"low"})", 200)).priority ==
        Priority::kLow);
  CHECK(std::get<ApproveJob>(ask("approve", "", 200)).via == "cli");
  CHECK(std::get<RejectJob>(ask("reject", R"({"reason":"no"})", 200)).reason == "no");
  CHECK(std::get<ExtendApproval>(ask("extend", R"({"ttlMs":5000})", 200)).ttl ==
        milliseconds(5000));
  CHECK(std::get<ResolveJob>(ask("resolve", R"({"as":"failed"})", 200)).as == Resolution::kFailed);
  CHECK_FALSE(std::get<RetryJob>(ask("retry", "{}", 201)).must_be_dead_lettered);
  CHECK(world.Ask(world.Post("/api/v1/dlq/job_0/retry", "")).status == 201);
  CHECK(std::get<RetryJob>(seen.front()).must_be_dead_lettered);
}

TEST_CASE("commands: answers go to their own clients, in whatever order they come") {
  std::deque<Envelope> held;
  ServerWorld world;
  world.Run([&](Envelope envelope) {
    held.push_back(std::move(envelope));
    if (held.size() < 3) return;
    while (!held.empty()) {
      const std::string key = *std::get<SubmitJob>(held.back().command).idempotency_key;
      held.back().reply(Reply(JobReply{MakeJob("job_" + key), true}));
      held.pop_back();
    }
  });
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(world.Client());
    clients.back().Send(world.Post(
        "/api/v1/jobs", R"({"entrypoint":"hello","idempotencyKey":")" + std::to_string(i) + "\"}"));
  }
  for (size_t i = 0; i < 3; ++i)
    CHECK(clients[i].Read().Parsed()["id"] == "job_" + std::to_string(i));
}

TEST_CASE("commands: a client that left harms nobody") {
  std::promise<Envelope> taken;
  ServerWorld world;
  world.Run([&](Envelope envelope) {
    if (std::get<SubmitJob>(envelope.command).idempotency_key == "first")
      taken.set_value(std::move(envelope));
    else
      envelope.reply(world.FriendlyReply(envelope));
  });
  RawClient leaving = world.Client();
  leaving.Send(world.Post("/api/v1/jobs", R"({"entrypoint":"hello","idempotencyKey":"first"})"));
  Envelope envelope = taken.get_future().get();
  leaving.Leave();
  CHECK(world.Ask(world.Post("/api/v1/jobs", kSubmit)).status == 201);
  envelope.reply(world.FriendlyReply(envelope));
  CHECK(world.Ask(world.Post("/api/v1/jobs", kSubmit)).status == 201);
}

TEST_CASE("commands: a full mailbox is a 503 with Retry-After at once") {
  ServerWorld world(nullptr, 1);
  RawClient first = world.Client();
  first.Send(world.Post("/api/v1/jobs", kSubmit));
  // The first one fills the mailbox that nobody empties; whoever comes later is refused.
  for (;;) {
    RawClient second = world.Client();
    second.Send(world.Post("/api/v1/jobs", kSubmit));
    if (!second.Silent(milliseconds(1000))) {
      const RawReply reply = second.Read();
      CHECK(reply.status == 503);
      CHECK(reply.Header("retry-after") == "1");
      CHECK(reply.Parsed()["type"] == "/problems/unavailable");
      break;
    }
  }
}

TEST_CASE("commands: no answer in time is a 503, and a late one is thrown away") {
  std::promise<Envelope> taken;
  ServerWorld world([](HttpOptions& options) { options.reply_timeout = milliseconds(50); });
  world.Run([&](Envelope envelope) {
    if (std::holds_alternative<SubmitJob>(envelope.command))
      taken.set_value(std::move(envelope));
    else
      envelope.reply(world.FriendlyReply(envelope));
  });
  RawClient client = world.Client();
  CHECK(client.Ask(world.Post("/api/v1/jobs", kSubmit)).status == 503);
  Envelope envelope = taken.get_future().get();
  envelope.reply(Reply(JobReply{MakeJob("job_late"), true}));
  // The connection goes on, with the answer of its next request.
  const RawReply next = client.Ask(world.Post("/api/v1/jobs/job_01/cancel", ""));
  CHECK(next.status == 200);
  CHECK(next.Parsed()["id"] == "job_01");
}

TEST_CASE("commands: a command that is dropped unanswered is a 503") {
  ServerWorld world;
  world.Run([](const Envelope&) {});
  CHECK(world.Ask(world.Post("/api/v1/jobs", kSubmit)).status == 503);
}

TEST_CASE("commands: worker stop answers with the worker as it is then") {
  bool drained = false;
  ServerWorld world;
  Job job = MakeJob("job_run", JobState::kRunning);
  job.attempts = 1;
  world.store.Put(job);
  world.store.Put(MakeAttempt("job_run", 1, false));
  world.Run([&](const Envelope& envelope) {
    drained = std::get<StopWorker>(envelope.command).drain;
    EngineSnapshot snapshot = GoodSnapshot(world.slot.Get());
    snapshot.claiming = false;
    snapshot.stopped = true;
    snapshot.running_jobs = {"job_run", "job_gone"};
    envelope.reply(Reply(std::move(snapshot)));
  });
  const RawReply reply = world.Ask(world.Post("/api/v1/worker/stop", R"({"drain":true})"));
  CHECK(reply.status == 200);
  CHECK(drained);
  const Json status = reply.Parsed();
  CHECK(status["stopped"] == true);
  CHECK(status["running"] == false);
  REQUIRE(status["jobs"].size() == 1);
  CHECK(status["jobs"][0]["id"] == "job_run");
  CHECK(status["jobs"][0]["attempt"] == 1);
}

TEST_CASE("commands: stopping the server finishes the reply that is under way") {
  std::promise<Envelope> taken;
  ServerWorld world;
  world.Run([&](Envelope envelope) { taken.set_value(std::move(envelope)); });
  RawClient client = world.Client();
  client.Send(world.Post("/api/v1/jobs", kSubmit));
  Envelope envelope = taken.get_future().get();
  std::thread stopper([&] { world.server->Stop(); });
  envelope.reply(world.FriendlyReply(envelope));
  CHECK(client.Read().status == 201);
  CHECK(client.Closes());
  client.Leave();
  stopper.join();
}

TEST_CASE("commands: a taken port is told in one line that says what to change") {
  ServerWorld world;
  HttpOptions options;
  options.port = world.server->port();
  HttpServer second(options, world.mailbox, *world.reader, world.slot, world.clock);
  const auto started = second.Start();
  REQUIRE_FALSE(started);
  CHECK(started.error().code == Code::kConflict);
  CHECK(started.error().message.find("127.0.0.1:" + std::to_string(options.port)) == 0);
  CHECK(started.error().message.find("http.listen in jobs.json") != std::string::npos);
}

TEST_CASE("commands: an address that is not this machine's is told too") {
  ServerWorld world;
  HttpOptions options;
  options.host = "192.0.2.1";
  HttpServer elsewhere(options, world.mailbox, *world.reader, world.slot, world.clock);
  const auto started = elsewhere.Start();
  REQUIRE_FALSE(started);
  CHECK(started.error().message.find("http.listen") != std::string::npos);
}

}  // namespace
}  // namespace jobgate
