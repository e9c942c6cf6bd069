// Backpressure and the intake: who is refused, with which word, until when.
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

// Nothing is started, so that the queue holds what is submitted.
const std::string kConfig = R"({
  "queue": {"maxQueueSize": 10, "backpressureThreshold": 50},
  "worker": {"enabled": false},
  "entrypoints": {
    "many": {"run": ["true"], "dedupe": "none"},
    "once": {"run": ["true"]},
    "held": {"steps": [{"name": "go", "run": ["true"], "gate": true}], "dedupe": "none"}}})";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

SubmitJob Urgent(Priority priority) {
  SubmitJob command = Submission("many");
  command.priority = priority;
  return command;
}

std::vector<Job> Fill(TestDaemon& daemon, int count) {
  std::vector<Job> jobs;
  for (int i = 0; i < count; ++i) jobs.push_back(daemon.Done(Urgent(Priority::kCritical)));
  return jobs;
}

Error RefusalOf(TestDaemon& daemon, Command command) {
  auto reply = daemon.Ask(std::move(command));
  REQUIRE(!reply);
  return reply.error();
}

std::vector<Event> EventsOfType(TestDaemon& daemon, const std::string& prefix) {
  std::vector<Event> found;
  const auto events = daemon.store().Events({0, std::nullopt, 500});
  for (const Event& event : *events)
    if (event.type.starts_with(prefix)) found.push_back(event);
  return found;
}

EngineSnapshot SnapshotOf(TestDaemon& daemon) {
  return std::get<EngineSnapshot>(daemon.Ask(TakeSnapshot{}).value());
}

void Set(TestDaemon& daemon, IntakeChange change) {
  REQUIRE(daemon.Ask(SetIntake{std::move(change)}));
}
void Pause(TestDaemon& daemon, bool paused) {
  Set(daemon, {paused, std::nullopt, "a drill"});
}
void Limit(TestDaemon& daemon, int per_minute) {
  Set(daemon, {std::nullopt, per_minute, ""});
}

}  // namespace

TEST_CASE("backpressure: from the threshold on only critical and high ones come in, until full") {
  TestDaemon daemon(kConfig);
  for (int i = 0; i < 5; ++i) daemon.Submit("many");
  for (Priority priority : {Priority::kNormal, Priority::kLow, Priority::kBackground})
    CHECK(daemon.Refused(Urgent(priority)) == Code::kBackpressure);
  for (int i = 0; i < 5; ++i) daemon.Done(Urgent(i % 2 ? Priority::kHigh : Priority::kCritical));
  CHECK(daemon.Refused(Urgent(Priority::kCritical)) == Code::kQueueFull);
  CHECK(daemon.store().Counts(kSampleTime)->Total() == 10);
}

TEST_CASE("backpressure: it ends ten points below the threshold, not before") {
  TestDaemon daemon(kConfig);
  const std::vector<Job> jobs = Fill(daemon, 6);
  CHECK(SnapshotOf(daemon).backpressure);
  daemon.Done(CancelJob{jobs[0].id, ""});
  CHECK(daemon.Refused(Urgent(Priority::kNormal)) == Code::kBackpressure);  // 5 of 10
  daemon.Done(CancelJob{jobs[1].id, ""});
  CHECK(!SnapshotOf(daemon).backpressure);  // 4 of 10
  daemon.Done(Urgent(Priority::kNormal));
  const auto events = EventsOfType(daemon, "queue:");
  REQUIRE(events.size() == 3);
  CHECK(events[0].type == "queue:backpressure_on");
  CHECK(events[1].type == "queue:backpressure_off");
  CHECK(events[2].type == "queue:backpressure_on");
  CHECK(Json::parse(events[1].payload)["queued"] == 4);
}

TEST_CASE("backpressure: between the two marks a restart remembers which it was") {
  TestDaemon daemon(kConfig);
  const std::vector<Job> jobs = Fill(daemon, 6);
  daemon.Done(CancelJob{jobs[0].id, ""});
  daemon.Start(
      Replaced(kConfig, R"("backpressureThreshold": 50)", R"("backpressureThreshold": 55)"));
  CHECK(daemon.Refused(Urgent(Priority::kNormal)) == Code::kBackpressure);
  CHECK(EventsOfType(daemon, "queue:").size() == 1);
}

TEST_CASE("backpressure: retries of ended jobs are refused by a full queue alone") {
  TestDaemon daemon(kConfig);
  std::vector<Job> ended;
  for (int i = 0; i < 3; ++i) {
    ended.push_back(daemon.Submit("many"));
    daemon.Done(CancelJob{ended.back().id, ""});
  }
  Pause(daemon, true);
  daemon.Done(RetryJob{ended[0].id});
  Pause(daemon, false);
  Fill(daemon, 8);
  CHECK(daemon.Refused(Urgent(Priority::kNormal)) == Code::kBackpressure);
  daemon.Done(RetryJob{ended[1].id});
  CHECK(daemon.Refused(RetryJob{ended[2].id}) == Code::kQueueFull);
}

TEST_CASE("backpressure: what waits for approval is no part of the queue, and comes back to it") {
  TestDaemon daemon(kConfig);
  const Job held = daemon.Submit("held");
  Fill(daemon, 10);
  daemon.Submit("held");
  CHECK(daemon.Done(ApproveJob{held.id, "", "cli", ""}).state == JobState::kQueued);
  CHECK(daemon.store().Counts(kSampleTime)->Of(JobState::kQueued) == 11);
}

TEST_CASE("backpressure: duplicates are answered under pressure, pause and limit") {
  TestDaemon daemon(kConfig);
  const Job once = daemon.Submit("once");
  Fill(daemon, 9);
  CHECK(daemon.Submit("once").id == once.id);
  Limit(daemon, 1);
  Pause(daemon, true);
  CHECK(daemon.Submit("once").id == once.id);
}

TEST_CASE("backpressure: who is refused is told when to come back, by how fast the queue drains") {
  TestDaemon daemon(
      Replaced(kConfig, R"("enabled": false)", R"("enabled": true, "maxAttempts": 1)"));
  CHECK(SnapshotOf(daemon).counts->Total() == 0);
  std::vector<Job> jobs = Fill(daemon, 12);  // three run at once, and an express one
  const Error first = RefusalOf(daemon, Urgent(Priority::kNormal));
  REQUIRE(first.code == Code::kBackpressure);
  CHECK(first.retry_after->count() >= 1);
  daemon.Wait(std::chrono::minutes(2));
  CHECK(RefusalOf(daemon, Urgent(Priority::kNormal)).retry_after == std::chrono::seconds(60));
  // One a ten seconds from here on: those above the mark take that much longer.
  for (size_t i = 0; i < 4; ++i) {
    daemon.Exit(daemon.Find(jobs[i].id), Exited{0});
    daemon.Done(Urgent(Priority::kCritical));
    daemon.Wait(std::chrono::seconds(10));
  }
  const Error last = RefusalOf(daemon, Urgent(Priority::kNormal));
  const int64_t above = daemon.store().Counts(kSampleTime)->Of(JobState::kQueued) - 4;
  CHECK(last.retry_after->count() == above * 60 / 4);
}

TEST_CASE("intake: paused it takes nothing and says why, over a restart, until it is resumed") {
  TestDaemon daemon(kConfig);
  Pause(daemon, true);
  daemon.Start(kConfig);
  const Error refused = RefusalOf(daemon, Urgent(Priority::kCritical));
  CHECK(refused.code == Code::kIntakePaused);
  CHECK(refused.message.find("a drill") != std::string::npos);
  CHECK(refused.retry_after.has_value());
  CHECK(SnapshotOf(daemon).intake.by == "os:root");
  Pause(daemon, true);
  Pause(daemon, false);
  daemon.Submit("many");
  CHECK(EventsOfType(daemon, "intake:").size() == 2);
}

TEST_CASE("intake: a minute's limit is a bucket that fills evenly") {
  TestDaemon daemon(kConfig);
  Limit(daemon, 4);
  for (int i = 0; i < 4; ++i) daemon.Submit("many");
  const Error refused = RefusalOf(daemon, Urgent(Priority::kCritical));
  CHECK(refused.code == Code::kRateLimited);
  CHECK(refused.retry_after == std::chrono::seconds(15));
  daemon.Wait(std::chrono::seconds(14));
  CHECK(daemon.Refused(Urgent(Priority::kCritical)) == Code::kRateLimited);
  daemon.Wait(std::chrono::seconds(1));
  daemon.Submit("many");
  CHECK(daemon.Refused(Submission("many")) == Code::kRateLimited);
  Limit(daemon, 0);
  daemon.Done(Urgent(Priority::kCritical));
}

TEST_CASE("intake: a wrong submission takes no token") {
  TestDaemon daemon(kConfig);
  Limit(daemon, 1);
  SubmitJob wrong = Submission("many");
  wrong.params = {{"x", 1}};
  CHECK(daemon.Refused(wrong) == Code::kInvalidArgument);
  daemon.Submit("many");
}

TEST_CASE("intake: settings and commands, the later word holds, for each key of its own") {
  const std::string paused =
      Replaced(kConfig, R"("entrypoints")", R"("intake": {"paused": true}, "entrypoints")");
  TestDaemon daemon(kConfig);
  daemon.Start(paused);
  CHECK(daemon.Refused(Submission("many")) == Code::kIntakePaused);
  Pause(daemon, false);
  daemon.Start(paused);  // not edited since the command
  daemon.Submit("many");
  daemon.Start(kConfig);
  Pause(daemon, true);
  daemon.Start(
      Replaced(kConfig, R"("entrypoints")", R"("intake": {"maxPerMinute": 7}, "entrypoints")"));
  CHECK(SnapshotOf(daemon).intake.per_minute == 7);
  CHECK(daemon.Refused(Submission("many")) == Code::kIntakePaused);  // another key was edited
}

}  // namespace jobgate
