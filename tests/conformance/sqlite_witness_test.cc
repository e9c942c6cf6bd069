// The same file seen by the real sqlite3 program, which knows nothing of jobgate, and files of
// earlier versions seen by this one.
#include <stdio.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include <fstream>
#include <sstream>

#include "tests/conformance/world.h"

namespace jobgate {
namespace {

struct Witnessed {
  std::string output;
  bool succeeded = false;
};

Witnessed RunSqlite3(const std::string& arguments, const std::string& sql) {
  const std::string command = "sqlite3 " + arguments + " \"" + sql + "\" 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Witnessed witnessed;
  for (int c = ::fgetc(pipe); c != EOF; c = ::fgetc(pipe)) witnessed.output += static_cast<char>(c);
  witnessed.succeeded = ::pclose(pipe) == 0;
  return witnessed;
}

std::string Sqlite3(const std::string& path, const std::string& sql) {
  const Witnessed witnessed = RunSqlite3("-readonly '" + path + "'", sql);
  CHECK(witnessed.succeeded);
  return witnessed.output;
}

void CheckRefused(const std::string& path, const std::string& sql, const std::string& why) {
  const Witnessed witnessed = RunSqlite3("'" + path + "'", sql);
  CAPTURE(witnessed.output);
  CHECK(!witnessed.succeeded);
  CHECK(witnessed.output.find(why) != std::string::npos);
}

// Of a database that was made by the first version, with a job in every state.
std::string Version1(const TempDir& dir) {
  std::string path = dir / "jobs.db";
  std::ostringstream dump;
  dump << std::ifstream(JOBGATE_SOURCE_DIR "/tests/conformance/fixtures/version1.sql").rdbuf();
  REQUIRE(dump.str().find("CREATE TABLE jobs") != std::string::npos);
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(dump.str());
  return path;
}

// Of a store with a running job and its one attempt.
void CheckTriesAndAttemptsAreGuarded(const std::string& path) {
  const std::string tries = "CHECK constraint failed: tries <= attempts_max";
  CheckRefused(path, "UPDATE jobs SET attempts = 9, tries = attempts_max + 1", tries);
  CheckRefused(path, "UPDATE jobs SET attempts_max = tries - 1 WHERE tries > 1", tries);
  const std::string copy =
      "INSERT INTO attempts SELECT job_id, number + 1, step, step_name, incarnation, started_at, "
      "NULL, NULL, NULL, NULL, NULL, digest, 0, 0 FROM attempts WHERE ended_at IS NULL";
  CheckRefused(path, copy, "a job has one attempt at a time");
  CHECK(Sqlite3(path, "SELECT count(*) FROM attempts WHERE ended_at IS NULL") == "1\n");
  CHECK(Sqlite3(path, "SELECT count(*) FROM jobs WHERE tries > attempts_max") == "0\n");
  CHECK(Sqlite3(path, "PRAGMA integrity_check") == "ok\n");
}

constexpr const char* kBadJson =
    "SELECT count(*) FROM jobs, json_each(json_array(params_json, spec_json, gate_json, stop_json, "
    "result_json)) AS text WHERE text.value IS NOT NULL AND NOT json_valid(text.value)";

void LiveThrough(World<SqliteKind>& world) {
  for (int i = 0; i < 30; ++i) {
    Job job = world.Insert(i % 3 ? world.jobs.Queued() : world.jobs.Waiting(Duration(5)));
    if (i % 3 == 0) continue;
    const Attempt attempt = AttemptOf(Started(job));
    world.Turn([&] {
      REQUIRE_OK(world->UpdateJob(Started(job), JobState::kQueued, 0));
      REQUIRE_OK(world->InsertAttempt(attempt));
      Event event = EventOf("job:started", job.id);
      REQUIRE_OK(world->AppendEvent(event));
    });
    job = Started(job);
    Job ended = Ended(job, i % 2 ? JobState::kSucceeded : JobState::kDeadLettered);
    ended.result = R"({"n":)" + std::to_string(i) + "}";
    ended.stop = StopIntent{StopIntent::Kind::kCancel, "os:root", "because"};
    world.Turn([&] {
      REQUIRE_OK(world->UpdateJob(ended, JobState::kRunning, 1));
      REQUIRE_OK(world->FinishAttempt(Ended(attempt, "succeeded")));
    });
  }
}

}  // namespace

TEST_CASE("sqlite witness: the sqlite3 program finds the file whole and counts the same") {
  World<SqliteKind> world;
  LiveThrough(world);
  const StateCounts counts = world.Value(world->Counts(kSampleTime));
  CHECK(Sqlite3(world.path(), "PRAGMA integrity_check") == "ok\n");
  CHECK(Sqlite3(world.path(), "PRAGMA foreign_key_check") == "");
  CHECK(Sqlite3(world.path(), kBadJson) == "0\n");
  for (JobState state : kAllJobStates) {
    const std::string name(NameOf(state));
    CAPTURE(name);
    CHECK(Sqlite3(world.path(), "SELECT count(*) FROM jobs WHERE state = '" + name + "'") ==
          std::to_string(counts.Of(state)) + "\n");
  }
  CHECK(Sqlite3(world.path(), "SELECT max(seq) - count(*) FROM events") == "0\n");
  CHECK(Sqlite3(world.path(), "PRAGMA journal_mode") == "wal\n");
}

TEST_CASE("sqlite witness: a database of the first version opens with everything it holds") {
  const TempDir dir;
  const std::string path = Version1(dir);
  auto store = OpenSqliteStore(path);
  REQUIRE_OK(store);

  const Result<StateCounts> counts = (*store)->Counts(kSampleTime);
  REQUIRE_OK(counts);
  for (JobState state : kAllJobStates) CHECK(counts->Of(state) == 1);
  const Result<std::vector<Job>> waiting = (*store)->JobsIn(JobState::kWaitingApproval, "", 10);
  REQUIRE_OK(waiting);
  REQUIRE(waiting->size() == 1);
  const Job& job = waiting->front();
  CHECK(job.entrypoint == "deploy");
  CHECK(job.params == R"({"env":"prod"})");
  CHECK(job.requester == "token:ci");
  CHECK(job.created_at == kSampleTime);
  CHECK(job.idempotency_key == "release-1");
  CHECK(job.dedupe_key == "deploy:prod");
  CHECK(job.gate->reason == "the step is declared with a gate");
  CHECK(job.gate->approvals ==
        std::vector<Approval>{{"os:ada", After(Duration(500)), "cli", "first", "one of two"}});
  CHECK(job.approval_expires_at == After(Duration(60'000)));
  CHECK(MessageOf((*store)->FindIdempotencyKey("release-1")) == "");
  CHECK((*store)->FindIdempotencyKey("release-1").value()->job_id == job.id);
  CHECK((*store)->LastEventSeq() == 3);
  CHECK((*store)->CountOutbox() == OutboxCounts{});
  CHECK((*store)->ActiveIssues().value().empty());
  CHECK((*store)->GetSetting("worker.stopped") == "true");
  CHECK((*store)->LastOutcomes(10) == std::vector<std::string>{"succeeded"});
  CHECK((*store)->FindActiveDuplicate("deploy:prod").value()->id == job.id);
}

TEST_CASE(
    "sqlite witness: nobody gives a step more tries than it may, or a job two live attempts") {
  World<SqliteKind> world;
  Job job = world.Insert(world.jobs.Queued());
  job = world.Update(job, Started(job));
  job = world.Update(job, Started(job));
  world.Turn([&] { REQUIRE_OK(world->InsertAttempt(AttemptOf(job))); });
  CheckTriesAndAttemptsAreGuarded(world.path());
}

TEST_CASE(
    "sqlite witness: a database of the first version gets the rules of its tries and attempts") {
  const TempDir dir;
  const std::string path = Version1(dir);
  REQUIRE_OK(OpenSqliteStore(path));
  SQLite::Database(path, SQLite::OPEN_READWRITE)
      .exec("UPDATE jobs SET attempts = 2, tries = 2 WHERE state = 'running'");
  CheckTriesAndAttemptsAreGuarded(path);
}

}  // namespace jobgate
