#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "src/http/run_files.h"
#include "tests/unit/http/server_world.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

// A running job whose first attempt runs.
struct LogWorld : ServerWorld {
  LogWorld() {
    job = MakeJob("job_1", JobState::kRunning);
    job.attempts = 1;
    store.Put(job);
    store.Put(MakeAttempt("job_1", 1, false));
  }
  void EndAttempt(int number, JobState state) {
    store.Put(MakeAttempt("job_1", number, true));
    job.state = state;
    store.Put(job);
    Commit("job:ended", "job_1");
  }
  void StartAttempt(int number) {
    store.Put(MakeAttempt("job_1", number, false));
    job.state = JobState::kRunning;
    store.Put(job);
    Commit("job:started", "job_1");
  }
  Job job;
};

TEST_CASE("logs: the last attempt's stdout, whole, with its length") {
  LogWorld world;
  world.WriteLog("job_1", 1, "first\n");
  world.WriteLog("job_1", 2, std::string(300'000, 'x') + "\xff end\n");
  world.WriteLog("job_1", 2, "oops\n", "stderr.log");
  world.store.Put(MakeAttempt("job_1", 1, true));
  world.store.Put(MakeAttempt("job_1", 2, true));
  RawReply reply = world.Ask(world.Get("/api/v1/jobs/job_1/logs"));
  CHECK(reply.status == 200);
  CHECK(reply.Header("content-type") == "text/plain; charset=utf-8");
  CHECK(reply.Header("x-jobgate-attempt") == "2");
  CHECK(reply.body.size() == 300'006);
  CHECK(reply.body.ends_with("\xff end\n"));
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_1/logs?attempt=1")).body == "first\n");
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_1/logs?stream=stderr")).body == "oops\n");
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_1/logs?attempt=3")).status == 404);
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_1/logs?stream=both")).status == 400);
}

TEST_CASE("logs: an attempt that wrote nothing has an empty log, a job that never ran has none") {
  LogWorld world;
  const RawReply empty = world.Ask(world.Get("/api/v1/jobs/job_1/logs"));
  CHECK(empty.status == 200);
  CHECK(empty.Header("content-length") == "0");
  world.store.Put(MakeJob("job_2"));
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_2/logs")).status == 404);
}

TEST_CASE("logs: following shows bytes as they are written and ends with the job") {
  LogWorld world;
  world.WriteLog("job_1", 1, "one\n");
  RawClient client = world.Client();
  client.Send(world.Get("/api/v1/jobs/job_1/logs?follow=true"));
  client.ReadUntil("one\n");
  world.WriteLog("job_1", 1, "two\n");
  client.ReadUntil("two\n");
  world.WriteLog("job_1", 1, "three\n");
  world.EndAttempt(1, JobState::kSucceeded);
  CHECK(client.ReadUntil("0\r\n\r\n").find("three\n") != std::string::npos);
  CHECK(client.Ask(world.Get("/healthz")).status == 200);
}

TEST_CASE("logs: following begins before there is a folder, a file or an attempt") {
  LogWorld world;
  world.store.Put(MakeJob("job_2"));
  RawClient client = world.Client();
  client.Send(world.Get("/api/v1/jobs/job_2/logs?follow=true"));
  client.ReadUntil("chunked\r\n\r\n");
  world.store.Put(MakeAttempt("job_2", 1, false));
  world.Commit("job:started", "job_2");
  fs::create_directories(world.folder.path() / "runs");
  fs::create_directories(world.folder.path() / "runs" / "job_2");
  fs::create_directories(world.RunFolder("job_2", 1));
  world.WriteLog("job_2", 1, "hello\n");
  client.ReadUntil("hello\n");
}

TEST_CASE("logs: following goes on through retries and gates until the job is at rest") {
  LogWorld world;
  world.WriteLog("job_1", 1, "one\n");
  RawClient client = world.Client();
  client.Send(world.Get("/api/v1/jobs/job_1/logs?follow=true"));
  client.ReadUntil("one\n");
  world.EndAttempt(1, JobState::kQueued);
  world.StartAttempt(2);
  world.WriteLog("job_1", 2, "two\n");
  client.ReadUntil("two\n\r\n");
  world.EndAttempt(2, JobState::kWaitingApproval);
  CHECK(client.Silent(std::chrono::milliseconds(100)));
  world.StartAttempt(3);
  world.WriteLog("job_1", 3, "three\n");
  world.EndAttempt(3, JobState::kDeadLettered);
  CHECK(client.ReadUntil("0\r\n\r\n").find("three\n") != std::string::npos);
}

TEST_CASE("logs: following from an earlier attempt misses none") {
  LogWorld world;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    world.WriteLog("job_1", attempt, std::to_string(attempt) + "\n");
    world.store.Put(MakeAttempt("job_1", attempt, true));
  }
  world.job.state = JobState::kFailed;
  world.store.Put(world.job);
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_1/logs?follow=true&from=1")).body == "1\n2\n3\n");
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_1/logs?follow=true")).body == "3\n");
  CHECK(world.Ask(world.Get("/api/v1/jobs/job_1/logs?from=1")).status == 400);
}

TEST_CASE("logs: following one attempt ends with that attempt") {
  LogWorld world;
  world.WriteLog("job_1", 1, "one\n");
  RawClient client = world.Client();
  client.Send(world.Get("/api/v1/jobs/job_1/logs?follow=true&attempt=1"));
  client.ReadUntil("one\n");
  world.EndAttempt(1, JobState::kQueued);
  client.ReadUntil("0\r\n\r\n");
}

TEST_CASE("logs: a follower that does not read costs no memory and misses nothing") {
  LogWorld world;
  world.WriteLog("job_1", 1, "start\n");
  RawClient slow(world.server->port(), 4096);
  slow.Send(world.Get("/api/v1/jobs/job_1/logs?follow=true"));
  slow.ReadUntil("start\n");
  const std::string line(1000, 'x');
  for (int i = 0; i < 20; ++i) {
    std::string text;
    for (int j = 0; j < 500; ++j) text += line;
    world.WriteLog("job_1", 1, text);
  }
  CHECK(world.Ask(world.Get("/healthz")).status == 200);
  world.EndAttempt(1, JobState::kSucceeded);
  slow.ReadUntil("\r\n");
  CHECK(slow.ReadChunked().size() == 10'000'000);
}

TEST_CASE("logs: an HTTP/1.0 client gets the bytes until the connection closes") {
  LogWorld world;
  world.WriteLog("job_1", 1, "one\n");
  RawClient client = world.Client();
  client.Send("GET /api/v1/jobs/job_1/logs?follow=true HTTP/1.0\r\n" + world.TokenLine() + "\r\n");
  const std::string start = client.ReadUntil("\r\n\r\n");
  CHECK(start.find("chunked") == std::string::npos);
  client.ReadUntil("one\n");
  world.EndAttempt(1, JobState::kSucceeded);
  CHECK(client.Closes());
}

TEST_CASE("logs: a symlink at any component leads nowhere") {
  LogWorld world;
  const fs::path outside = world.folder.path() / "outside";
  fs::create_directories(outside / "1");
  std::ofstream(outside / "1" / "stdout.log") << "secret";
  std::ofstream(outside / "stdout.log") << "secret";
  const fs::path runs = world.folder.path() / "runs";
  const RunFiles files(runs);
  auto readable = [&] {
    return static_cast<bool>(files.OpenLog("job_1", 1, LogStreamName::kStdout));
  };

  fs::create_directories(runs / "job_1" / "1");
  std::ofstream(runs / "job_1" / "1" / "stdout.log") << "mine";
  CHECK(readable());

  fs::remove(runs / "job_1" / "1" / "stdout.log");
  fs::create_symlink(outside / "stdout.log", runs / "job_1" / "1" / "stdout.log");
  CHECK_FALSE(readable());

  fs::remove_all(runs / "job_1" / "1");
  fs::create_symlink(outside / "1", runs / "job_1" / "1");
  CHECK_FALSE(readable());

  fs::remove_all(runs / "job_1");
  fs::create_symlink(outside, runs / "job_1");
  CHECK_FALSE(readable());
}

TEST_CASE("logs: a FIFO or a folder in place of the file is no log") {
  TemporaryFolder folder;
  const RunFiles files(folder.path() / "runs");
  fs::create_directories(folder.path() / "runs" / "job_1" / "1");
  const fs::path path = folder.path() / "runs" / "job_1" / "1" / "stdout.log";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK_FALSE(files.OpenLog("job_1", 1, LogStreamName::kStdout));
  fs::remove(path);
  fs::create_directory(path);
  CHECK_FALSE(files.OpenLog("job_1", 1, LogStreamName::kStdout));
  CHECK_FALSE(files.OpenLog("../job_1", 1, LogStreamName::kStdout));
}

}  // namespace
}  // namespace jobgate
