// The dead-letter queue: its bounds, its retention, and the ways out of it.
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::string ConfigWith(const std::string& dlq) {
  return R"({"dlq": {)" + dlq +
         R"(}, "queue": {"maxConcurrent": 500, "maxQueueSize": 2000}, "breaker": {"enabled": false},
    "entrypoints": {
      "work":  {"run": ["work", "{what}"], "maxAttempts": 1, "dedupe": "none",
                "params": {"type": "object", "properties": {"what": {"type": "string",
                           "default": "a"}}, "additionalProperties": false}},
      "gated": {"steps": [{"name": "go", "run": ["go"], "gate": true}], "maxAttempts": 1}}})";
}

Job DeadLettered(TestDaemon& daemon, const std::string& entrypoint = "work") {
  const Job job = daemon.Submit(entrypoint);
  daemon.Exit(job, Exited{1});
  return daemon.Find(job.id);
}

JobState StateOf(TestDaemon& daemon, const Job& job) {
  return daemon.Find(job.id).state;
}

RetryJob RetryOf(const Job& job) {
  RetryJob command;
  command.id = job.id;
  return command;
}

}  // namespace

TEST_CASE("dlq: beyond its size the oldest entry leaves, and its job stays in the history") {
  TestDaemon daemon(ConfigWith(R"("maxSize": 2)"));
  const Job first = DeadLettered(daemon);
  daemon.Wait(seconds(1));
  const Job second = DeadLettered(daemon);
  daemon.Wait(seconds(1));
  const Job third = DeadLettered(daemon);
  CHECK(StateOf(daemon, first) == JobState::kFailed);
  CHECK(StateOf(daemon, second) == JobState::kDeadLettered);
  CHECK(StateOf(daemon, third) == JobState::kDeadLettered);
  CHECK(daemon.LastEvent(first.id) == "dlq:evicted");
  CHECK(daemon.Find(first.id).dlq_reason == "exit code 1 (try 1 of 1)");
}

TEST_CASE("dlq: the oldest is who came there first, not who was submitted first") {
  TestDaemon daemon(ConfigWith(R"("maxSize": 1)"));
  const Job slow = daemon.Submit("work");
  const Job quick = DeadLettered(daemon);
  daemon.Wait(seconds(1));
  daemon.Exit(slow, Exited{1});
  CHECK(StateOf(daemon, quick) == JobState::kFailed);
  CHECK(StateOf(daemon, slow) == JobState::kDeadLettered);
}

TEST_CASE("dlq: a smaller size is reached in portions, without waiting for anything") {
  TestDaemon daemon(ConfigWith(R"("maxSize": 1000)"));
  for (int i = 0; i < 250; ++i) DeadLettered(daemon);
  daemon.Start(ConfigWith(R"("maxSize": 10)"));
  CHECK(daemon.store().Totals()->Of(JobState::kDeadLettered) == 150);
  CHECK(daemon.until == Duration::zero());
  daemon.Wait(Duration::zero());
  CHECK(daemon.store().Totals()->Of(JobState::kDeadLettered) == 50);
  daemon.Wait(Duration::zero());
  CHECK(daemon.store().Totals()->Of(JobState::kDeadLettered) == 10);
  CHECK(daemon.until > Duration::zero());
}

TEST_CASE("dlq: an entry past its retention leaves at that time, by itself") {
  TestDaemon daemon(ConfigWith(R"("retentionDays": 2)"));
  const Job first = DeadLettered(daemon);
  daemon.Wait(hours(1));
  const Job second = DeadLettered(daemon);
  CHECK(daemon.until == Duration(hours(47)));
  daemon.Wait(hours(47) - Duration(1));
  CHECK(StateOf(daemon, first) == JobState::kDeadLettered);
  daemon.Wait(Duration(1));
  CHECK(StateOf(daemon, first) == JobState::kFailed);
  CHECK(daemon.LastEvent(first.id) == "dlq:cleaned");
  CHECK(StateOf(daemon, second) == JobState::kDeadLettered);
  CHECK(daemon.until == Duration(hours(1)));
  daemon.Wait(hours(1));
  CHECK(StateOf(daemon, second) == JobState::kFailed);
  CHECK(daemon.until == std::nullopt);
}

TEST_CASE("dlq: clearing takes any entry, cleaning only those past their retention") {
  TestDaemon daemon(ConfigWith(R"("retentionDays": 2)"));
  const Job job = DeadLettered(daemon);
  CHECK(daemon.Refused(DropDeadLetter{job.id, DropDeadLetter::Why::kCleaned}) == Code::kConflict);
  CHECK(daemon.Done(DropDeadLetter{job.id, DropDeadLetter::Why::kCleared}, "os:ann").state ==
        JobState::kFailed);
  CHECK(daemon.LastEvent(job.id) == "dlq:cleared");
  CHECK(daemon.Refused(DropDeadLetter{job.id, DropDeadLetter::Why::kCleared}) == Code::kConflict);
  CHECK(daemon.Refused(DropDeadLetter{"job_01ZZZ", DropDeadLetter::Why::kCleared}) ==
        Code::kNotFound);
}

TEST_CASE("dlq: cleaning takes what is past its retention, and says who asked") {
  TestDaemon daemon(ConfigWith(R"("retentionDays": 2)"));
  const Job old = DeadLettered(daemon);
  daemon.Wait(hours(24));
  const Job fresh = DeadLettered(daemon);
  daemon.clock.Advance(hours(24));  // and no turn has come since, in which it would leave by itself
  const DropDeadLetter::Why why = DropDeadLetter::Why::kCleaned;
  CHECK(daemon.Done(DropDeadLetter{old.id, why}, "os:ann").state == JobState::kFailed);
  CHECK(daemon.LastEvent(old.id) == "dlq:cleaned");
  CHECK(daemon.store().Events({0, old.id, 500})->back().actor == "os:ann");
  CHECK(daemon.Refused(DropDeadLetter{fresh.id, why}) == Code::kConflict);
  CHECK(StateOf(daemon, fresh) == JobState::kDeadLettered);
}

TEST_CASE("dlq: a retry may have other params, another priority, and a note in both stories") {
  TestDaemon daemon(ConfigWith(""));
  const Job old = DeadLettered(daemon);
  RetryJob command = RetryOf(old);
  command.params = Json{{"what", "b"}};
  command.priority = Priority::kHigh;
  command.note = "it was the wrong one";
  const Job fresh = daemon.Done(command);
  CHECK(fresh.params == R"({"what":"b"})");
  CHECK(fresh.priority == Priority::kHigh);
  CHECK(fresh.parent_id == old.id);
  CHECK(daemon.Find(old.id).retried_as == fresh.id);
  CHECK(StateOf(daemon, old) == JobState::kFailed);
  for (const JobId& id : {old.id, fresh.id}) {
    bool noted = false;
    const auto events = daemon.store().Events({0, id, 100}).value();
    for (const Event& event : events)
      noted = noted || event.payload.find("it was the wrong one") != std::string::npos;
    CHECK(noted);
  }
}

TEST_CASE("dlq: params of a retry that do not fit change nothing") {
  TestDaemon daemon(ConfigWith(""));
  const Job old = DeadLettered(daemon);
  RetryJob command = RetryOf(old);
  command.params = Json{{"what", 1}};
  const auto refused = daemon.Ask(command);
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::kInvalidArgument);
  CHECK(refused.error().fields.front().pointer == "/params/what");
  CHECK(StateOf(daemon, old) == JobState::kDeadLettered);
  CHECK(!daemon.Find(old.id).retried_as);
}

TEST_CASE("dlq: a retry that needs a person waits at the gate, and runs once it is approved") {
  TestDaemon daemon(ConfigWith(R"("retryRequiresApproval": true)"));
  const Job old = DeadLettered(daemon);
  RetryJob command = RetryOf(old);
  command.note = "disk was full";
  const Job fresh = daemon.Done(command);
  CHECK(fresh.state == JobState::kWaitingApproval);
  CHECK(fresh.gate->reason == "it is run again from the dead-letter queue: disk was full");
  const size_t spawned = daemon.spawner.spawned.size();
  daemon.Done(ApproveJob{fresh.id, "", "cli", fresh.gate->digest});
  CHECK(StateOf(daemon, fresh) == JobState::kRunning);
  CHECK(daemon.spawner.spawned.size() == spawned + 1);
  CHECK(daemon.Attempts(fresh.id).at(0).digest == fresh.gate->digest);
  daemon.Exit(fresh, Exited{0});
  CHECK(StateOf(daemon, fresh) == JobState::kSucceeded);
}

TEST_CASE("dlq: neither a replay nor clearing the entry first is a way around the person") {
  TestDaemon daemon(ConfigWith(R"("retryRequiresApproval": true)"));
  const Job old = DeadLettered(daemon);
  ReplayJob replay;
  replay.id = old.id;
  CHECK(daemon.Done(replay).state == JobState::kWaitingApproval);
  daemon.Done(DropDeadLetter{old.id, DropDeadLetter::Why::kCleared});
  CHECK(daemon.Done(RetryOf(old)).state == JobState::kWaitingApproval);
}

TEST_CASE("dlq: a run in between is no way around the person, however that ended") {
  const std::string config = ConfigWith(R"("retryRequiresApproval": true)");
  const auto approve = [](TestDaemon& daemon, const Job& job) {
    daemon.Done(ApproveJob{job.id, "", "cli", job.gate->digest});
    return daemon.Find(job.id);
  };
  const std::vector<std::pair<JobState, std::function<void(TestDaemon&, const Job&)>>> ends = {
      {JobState::kCanceled,
       [](TestDaemon& daemon, const Job& job) {
         daemon.Done(RejectJob{job.id, "no", "cli"});
       }},
      {JobState::kCanceled,
       [](TestDaemon& daemon, const Job& job) {
         daemon.Done(CancelJob{job.id, "no"});
       }},
      {JobState::kFailed,
       [](TestDaemon& daemon, const Job& job) {
         daemon.Done(FailJob{job.id, "no"});
       }},
      {JobState::kFailed,
       [](TestDaemon& daemon, const Job&) { daemon.Wait(std::chrono::hours(25)); }},
      {JobState::kDeadLettered,
       [&](TestDaemon& daemon, const Job& job) { daemon.Exit(approve(daemon, job), Exited{1}); }},
      {JobState::kSucceeded,
       [&](TestDaemon& daemon, const Job& job) { daemon.Exit(approve(daemon, job), Exited{0}); }}};
  for (const auto& [ends_as, end] : ends) {
    const JobState state = ends_as;
    CAPTURE(NameOf(state));
    TestDaemon daemon(config);
    const Job between = daemon.Done(RetryOf(DeadLettered(daemon)));
    end(daemon, between);
    REQUIRE(StateOf(daemon, between) == state);
    ReplayJob replay;
    replay.id = between.id;
    const Job replayed = daemon.Done(replay);
    CHECK(replayed.state == JobState::kWaitingApproval);
    daemon.Done(RejectJob{replayed.id, "no", "cli"});
    RetryJob retry = RetryOf(between);
    retry.must_be_dead_lettered = state == JobState::kDeadLettered;
    const Job retried = daemon.Done(retry);
    CHECK(retried.state == JobState::kWaitingApproval);
    daemon.Done(RejectJob{retried.id, "no", "cli"});
    CHECK(daemon.Done(RetryOf(retried)).state == JobState::kWaitingApproval);
  }
}

TEST_CASE("dlq: retries that need a person are counted, others are not") {
  const auto escalations = [](TestDaemon& daemon) {
    return std::get<EngineSnapshot>(*daemon.Ask(TakeSnapshot{})).escalations;
  };
  TestDaemon daemon(ConfigWith(R"("retryRequiresApproval": true)"));
  daemon.Done(RetryOf(DeadLettered(daemon)));
  CHECK(escalations(daemon) == 1);
  const Job fine = daemon.Submit("work");
  daemon.Exit(fine, Exited{0});
  CHECK(daemon.Done(RetryOf(fine)).state == JobState::kQueued);
  CHECK(escalations(daemon) == 1);
  TestDaemon without(ConfigWith(""));
  without.Done(RetryOf(DeadLettered(without)));
  CHECK(escalations(without) == 0);
}

}  // namespace jobgate
