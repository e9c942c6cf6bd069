// Ended jobs leave the history only when they may.
#include "store/forgotten_payload.h"
#include "tests/support/test_daemon.h"

namespace jobgate {
namespace {

using std::chrono::hours;

std::string ConfigWith(const std::string& history) {
  return R"({"history": {)" + history + R"(}, "queue": {"maxConcurrent": 10},
    "entrypoints": {"work": {"run": ["work"], "maxAttempts": 1, "dedupe": "none"}}})";
}

Job Succeeded(TestDaemon& daemon, const SubmitJob& command = Submission("work")) {
  const Job job = daemon.Done(command);
  daemon.Exit(job, Exited{0});
  return daemon.Find(job.id);
}

SubmitJob SubmissionWithKey() {
  SubmitJob command = Submission("work");
  command.idempotency_key = "key";
  return command;
}

bool IsThere(TestDaemon& daemon, const JobId& id) {
  return daemon.store().FindJob(id).value().has_value();
}

}  // namespace

TEST_CASE("history: a job goes once it is past its retention, and not before") {
  TestDaemon daemon(ConfigWith(R"("retentionDays": 1)"));
  const Job job = Succeeded(daemon);
  daemon.Wait(hours(24) - Duration(1));
  CHECK(daemon.Refused(ForgetJob{job.id}) == Code::kConflict);
  daemon.Wait(Duration(1));
  const auto reply = daemon.Ask(ForgetJob{job.id});
  REQUIRE(reply);
  CHECK(!std::get<ForgetReply>(*reply).go_on_after);
  CHECK(!IsThere(daemon, job.id));
  const auto events = daemon.store().Events({0, job.id, 100}).value();
  for (const Event& event : events) CHECK(IsForgotten(event.payload));
  CHECK(daemon.Refused(ForgetJob{job.id}) == Code::kNotFound);
}

TEST_CASE("history: beyond the number of jobs one may go, whatever its age") {
  TestDaemon daemon(ConfigWith(R"("maxJobs": 1)"));
  const Job first = Succeeded(daemon);
  CHECK(daemon.Refused(ForgetJob{first.id}) == Code::kConflict);
  Succeeded(daemon);
  CHECK(daemon.Ask(ForgetJob{first.id}));
  CHECK(!IsThere(daemon, first.id));
}

TEST_CASE("history: what is active or dead-lettered is none") {
  TestDaemon daemon(ConfigWith(R"("retentionDays": 0.001)"));
  const Job running = daemon.Submit("work");
  const Job dead = daemon.Submit("work");
  daemon.Exit(dead, Exited{1});
  daemon.Wait(hours(24));
  CHECK(daemon.Refused(ForgetJob{running.id}) == Code::kConflict);
  CHECK(daemon.Refused(ForgetJob{dead.id}) == Code::kConflict);
}

TEST_CASE("history: an idempotency key keeps its job for 24 hours after its end") {
  TestDaemon daemon(ConfigWith(R"("retentionDays": 0.001)"));
  const SubmitJob command = SubmissionWithKey();
  const Job job = Succeeded(daemon, command);
  daemon.Wait(hours(23));
  CHECK(daemon.Refused(ForgetJob{job.id}) == Code::kConflict);
  CHECK(daemon.Done(command).id == job.id);
  const auto events = daemon.store().Events({0, job.id, 100}).value();
  for (const Event& event : events) CHECK(!IsForgotten(event.payload));
  daemon.Wait(hours(2));
  CHECK(daemon.Ask(ForgetJob{job.id}));
  CHECK(!IsThere(daemon, job.id));
}

TEST_CASE("history: a daemon that is restarted more often than keys are looked at forgets them") {
  TestDaemon daemon(ConfigWith(R"("retentionDays": 0.001)"));
  const Job job = Succeeded(daemon, SubmissionWithKey());
  daemon.clock.Advance(hours(25));
  daemon.Start(ConfigWith(R"("retentionDays": 0.001)"));
  CHECK(daemon.Refused(ForgetJob{job.id}) == Code::kConflict);
  daemon.Wait(std::chrono::minutes(6));
  CHECK(daemon.Ask(ForgetJob{job.id}));
}

TEST_CASE("history: a long story is forgotten in steps, each of its own turn") {
  TestDaemon daemon(ConfigWith(R"("retentionDays": 0.001)"));
  const Job job = daemon.Submit("work");
  for (int i = 0; i < 450; ++i) daemon.Report(AttemptProgress{{job.id, 1}, std::to_string(i)});
  daemon.Exit(job, Exited{0});
  daemon.Wait(hours(1));
  ForgetJob command{job.id};
  int steps = 0;
  for (bool done = false; !done; ++steps) {
    CHECK(IsThere(daemon, job.id));
    const auto reply = daemon.Ask(command);
    REQUIRE(reply);
    const auto after = std::get<ForgetReply>(*reply).go_on_after;
    done = !after;
    if (after) command.after_seq = *after;
  }
  CHECK(steps == 3);
  CHECK(!IsThere(daemon, job.id));
}

TEST_CASE("history: parents and children go independently of each other") {
  TestDaemon daemon(ConfigWith(R"("maxJobs": 1)"));
  const Job old = Succeeded(daemon);
  RetryJob retry;
  retry.id = old.id;
  const Job fresh = daemon.Done(retry);
  daemon.Exit(fresh, Exited{0});
  CHECK(daemon.Ask(ForgetJob{old.id}));
  CHECK(daemon.Find(fresh.id).parent_id == old.id);
  CHECK(!IsThere(daemon, old.id));
}

}  // namespace jobgate
