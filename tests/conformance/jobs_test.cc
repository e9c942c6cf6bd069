#include "tests/conformance/world.h"

namespace jobgate {
namespace {

// Every field differs from its default.
Job FullJob(SampleJobs& jobs) {
  Job job = jobs.Queued(Priority::kHigh);
  job.params = R"({"text":"Grüße, \"quoted\"\nnew line","n":[1,2,{"deep":null}]})";
  job.correlation_id = "corr-1";
  job.idempotency_key = "key-1";
  job.plan_hash = "plan";
  job.ref_id = "ref";
  job.issue_id = 123456789012345;
  job.issue_url = "https://example.invalid/1";
  job.parent_id = "job_PARENT";
  job.dedupe_key = "hello:{}";
  job.replay = job.debug = job.from_dlq = true;
  job.git_commit = std::string(40, 'c');
  job.spec = R"({"steps":[]})";
  job.attempts_max = 7;
  job.approval_ttl = Duration(90'061'007);
  job.step = 2;
  job.step_name = "apply";
  job.attempts = 5;
  job.tries = 2;
  job.interruptions = 1;
  job.started_at = After(Duration(1));
  job.run_after = After(Duration(3));
  job.ready_at = After(Duration(4));
  job.approval_expires_at = After(Duration(5));
  job.gate.emplace();
  job.gate->nonce = "n\"1";
  job.gate->digest = std::string(64, 'e');
  job.gate->requested_at = After(Duration(6));
  job.gate->reason = "asked";
  job.gate->asked_by_job = true;
  job.gate->files = {{"deploy.sh", "hash"}, {"missing.sh", ""}};
  job.gate->approvals = {
      {"token:ci", After(Duration(7)), "cli", "digest", "looks good"},
      {"github:Ann", After(Duration(8)), "label", "digest2", "",
       GitHubVoice{"event:12", 77, "maintain", "LGTM", true, true, true, {"github:ann-before"}}}};
  job.gate->posted = PostedRequest{After(Duration(9)), 34, std::string(64, 'f'), 55};
  job.gate->refusals = {
      {"comment:13", "github:eve", After(Duration(10)), "comment", "may not write"}};
  job.gate->used_by_attempt = 4;
  job.gate->output = StepOutput{2, std::string(64, '1'), std::string(64, '2')};
  job.gate->check = PlanCheck{3, After(Duration(11))};
  job.stop = StopIntent{StopIntent::Kind::kDrain, "os:root", "upgrade"};
  job.result = R"({"answer":42})";
  job.progress = "42 copying";
  job.last_error = "exit code 3";
  job.exit_code = 3;
  job.retried_as = "job_NEXT";
  job.usage = {1234, 5'000'000'000};
  return job;
}

}  // namespace

TEST_CASE_TEMPLATE("store: a job comes back with every field as it was", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job full = world.Insert(FullJob(world.jobs));
  const Job plain = world.Insert(world.jobs.Queued());
  CHECK(world.Find(full.id) == full);
  CHECK(world.Find(plain.id) == plain);
  world.Restart();
  CHECK(world.Find(full.id) == full);
  CHECK(world.Find(plain.id) == plain);
  CHECK(!world.Find("job_UNKNOWN"));
}

TEST_CASE_TEMPLATE("store: texts that are empty, long or not UTF-8 come back byte by byte", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  Job job = world.jobs.Queued();
  job.params = "{\"x\":\"" + std::string(64 << 10, 'p') + "\"}";
  job.correlation_id = "";
  job.progress = "bytes \xff\xfe and a NUL " + std::string(1, '\0') + "end";
  job.last_error = std::string(100'000, 'e');
  world.Insert(job);
  CHECK(world.Find(job.id) == job);
}

TEST_CASE_TEMPLATE("store: an update writes what moves and keeps what is fixed at submit", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job before = world.Insert(world.jobs.Queued());
  Job next = FullJob(world.jobs);
  next.id = before.id;
  next.state = JobState::kRunning;
  world.Update(before, next);
  Job expected = before;
  expected.state = next.state;
  expected.priority = next.priority;
  expected.step = next.step;
  expected.step_name = next.step_name;
  expected.attempts = next.attempts;
  expected.tries = next.tries;
  expected.interruptions = next.interruptions;
  expected.updated_at = next.updated_at;
  expected.started_at = next.started_at;
  expected.run_after = next.run_after;
  expected.ready_at = next.ready_at;
  expected.issue_id = next.issue_id;
  expected.issue_url = next.issue_url;
  expected.approval_expires_at = next.approval_expires_at;
  expected.spec = next.spec;
  expected.git_commit = next.git_commit;
  expected.gate = next.gate;
  expected.stop = next.stop;
  expected.result = next.result;
  expected.progress = next.progress;
  expected.last_error = next.last_error;
  expected.exit_code = next.exit_code;
  expected.retried_as = next.retried_as;
  expected.usage = next.usage;
  CHECK(world.Find(before.id) == expected);
}

TEST_CASE_TEMPLATE("store: an update that expects another state or attempt changes nothing", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job queued = world.Insert(world.jobs.Queued());
  const Job running = world.Update(queued, Started(queued));
  world.Turn([&] {
    const Job ended = Ended(running, JobState::kSucceeded);
    const Result<void> wrong_state = world->UpdateJob(ended, JobState::kQueued, 1);
    REQUIRE(!wrong_state);
    CHECK(wrong_state.error().code == Code::kConflict);
    CHECK(wrong_state.error().message.find(queued.id) != std::string::npos);
    const Result<void> wrong_attempt = world->UpdateJob(ended, JobState::kRunning, 0);
    REQUIRE(!wrong_attempt);
    CHECK(wrong_attempt.error().code == Code::kConflict);
    Job unknown = ended;
    unknown.id = "job_UNKNOWN";
    CHECK(world->UpdateJob(unknown, JobState::kRunning, 1).error().code == Code::kConflict);
  });
  CHECK(world.Find(queued.id) == running);
}

TEST_CASE_TEMPLATE("store: a job's invariants are refused by the store too", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job good = world.jobs.Queued();
  auto refused = [&](auto change) {
    Job job = good;
    change(job);
    REQUIRE_OK(world->Begin());
    const Result<void> inserted = world->InsertJob(job);
    world->Rollback();
    REQUIRE(!inserted);
    CHECK(inserted.error().code == Code::kInternal);
  };
  refused([](Job& job) { job.state = JobState::kRunning; });
  refused([](Job& job) {
    job.state = JobState::kRunning;
    job.started_at = kSampleTime;
  });
  refused([](Job& job) { job.state = JobState::kWaitingApproval; });
  refused([](Job& job) { job.state = JobState::kSucceeded; });
  refused([](Job& job) { job.finished_at = kSampleTime; });
  refused([](Job& job) {
    job.state = JobState::kDeadLettered;
    job.finished_at = kSampleTime;
  });
  refused([](Job& job) { job.dlq_reason = "why"; });
  refused([](Job& job) { job.tries = 1; });
  refused([](Job& job) { job.tries = job.attempts = job.attempts_max + 1; });
  refused([](Job& job) { job.attempts = -1; });
  refused([](Job& job) { job.attempts_max = 0; });
  refused([](Job& job) { job.step = -1; });
  refused([](Job& job) { job.priority = static_cast<Priority>(5); });
  refused([](Job& job) { job.params = "[]"; });
  refused([](Job& job) { job.id = "42"; });
  refused([](Job& job) { job.exit_code = job.signal = 1; });
  CHECK(world.Value(world->Counts(kSampleTime)).Total() == 0);
}

TEST_CASE_TEMPLATE("store: a try beyond maxAttempts is refused and the job stays as it was", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  Job last = Started(world.jobs.Queued());
  last.attempts = last.tries = last.attempts_max;
  world.Insert(last);
  REQUIRE_OK(world->Begin());
  const Result<void> updated =
      world->UpdateJob(Started(last), JobState::kRunning, last.attempts_max);
  REQUIRE(!updated);
  CHECK(updated.error().code == Code::kInternal);
  world->Rollback();
  CHECK(world.Find(last.id) == last);
}

TEST_CASE_TEMPLATE("store: an ended job never changes its state", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  for (JobState state : {JobState::kSucceeded, JobState::kFailed, JobState::kCanceled}) {
    const Job ended = world.Insert(Ended(world.jobs.Queued(), state));
    for (JobState other : kAllJobStates) {
      if (other == state) continue;
      Job next = Started(ended);
      next.gate.emplace();
      next.approval_expires_at = kSampleTime;
      if (!IsFinal(other) && other != JobState::kDeadLettered) next.finished_at.reset();
      if (other == JobState::kDeadLettered) next.dlq_reason = "why";
      next.state = other;
      REQUIRE_OK(world->Begin());
      CHECK(!world->UpdateJob(next, state, 0));
      world->Rollback();
    }
    Job linked = ended;
    linked.retried_as = "job_NEXT";
    world.Update(ended, linked);
  }
}

TEST_CASE_TEMPLATE("store: a dead-lettered job can only become failed, and keeps its reason", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  const Job dead = world.Insert(Ended(world.jobs.Queued(), JobState::kDeadLettered));
  Job queued = dead;
  queued.state = JobState::kQueued;
  queued.finished_at.reset();
  queued.dlq_reason.reset();
  REQUIRE_OK(world->Begin());
  CHECK(!world->UpdateJob(queued, JobState::kDeadLettered, 0));
  world->Rollback();
  Job failed = dead;
  failed.state = JobState::kFailed;
  world.Update(dead, failed);
  CHECK(world.Find(dead.id)->dlq_reason == dead.dlq_reason);
}

TEST_CASE_TEMPLATE("store: one active job holds a dedupe key, ended ones free it", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  auto with_key = [&](Job job) {
    job.dedupe_key = "deploy:{\"env\":\"prod\"}";
    return job;
  };
  const std::string key = "deploy:{\"env\":\"prod\"}";
  CHECK(!world.Value(world->FindActiveDuplicate(key)));
  const Job first = world.Insert(with_key(world.jobs.Queued()));
  world.Insert(world.jobs.Queued());
  world.Turn([&] {
    const Result<void> second = world->InsertJob(with_key(world.jobs.Queued()));
    REQUIRE(!second);
    CHECK(second.error().code == Code::kConflict);
  });
  CHECK(world.Value(world->FindActiveDuplicate(key)) == first);
  const Job running = world.Update(first, Started(first));
  CHECK(world.Value(world->FindActiveDuplicate(key)) == running);
  world.Update(running, Ended(running, JobState::kDeadLettered));
  CHECK(!world.Value(world->FindActiveDuplicate(key)));
  const Job next = world.Insert(with_key(world.jobs.Waiting(Duration(1000))));
  CHECK(world.Value(world->FindActiveDuplicate(key)) == next);
  CHECK(!world.Value(world->FindActiveDuplicate("deploy:{}")));
}

TEST_CASE_TEMPLATE("store: any unique beginning of an id finds it", Kind, JOBGATE_STORE_KINDS) {
  World<Kind> world;
  auto insert = [&](const std::string& ulid) {
    Job job = world.jobs.Queued();
    job.id = "job_" + ulid;
    return world.Insert(job).id;
  };
  const JobId a = insert("01HZZ0000000000000000000AA");
  const JobId b = insert("01HZZ0000000000000000000AB");
  const JobId c = insert("01J000000000000000000000ZZ");
  auto resolve = [&](const std::string& prefix) { return world.Value(world->ResolveId(prefix)); };
  CHECK(resolve(a) == a);
  CHECK(resolve("01HZZ0000000000000000000AB") == b);
  CHECK(resolve("01J") == c);
  CHECK(resolve("job_01J") == c);
  CHECK(resolve("01j00") == c);
  CHECK(resolve("JOB_01j0") == c);
  CHECK(resolve("job_01hzz0000000000000000000aa") == a);
  CHECK(world->ResolveId("01HZZ").error().code == Code::kInvalidArgument);
  CHECK(world->ResolveId("01HZZ").error().message.find(a) != std::string::npos);
  CHECK(world->ResolveId("").error().code == Code::kInvalidArgument);
  CHECK(world->ResolveId("job_").error().code == Code::kInvalidArgument);
  CHECK(world->ResolveId("01K").error().code == Code::kNotFound);
  CHECK(world->ResolveId(a + "0").error().code == Code::kNotFound);
  CHECK(world->ResolveId("' OR 1=1 --").error().code == Code::kNotFound);
  CHECK(world->ResolveId("%").error().code == Code::kNotFound);
}

TEST_CASE_TEMPLATE("store: an id that begins other ids is found by its whole self", Kind,
                   JOBGATE_STORE_KINDS) {
  World<Kind> world;
  for (const char* id : {"job_1", "job_10", "job_11"}) {
    Job job = world.jobs.Queued();
    job.id = id;
    world.Insert(job);
  }
  CHECK(world.Value(world->ResolveId("1")) == "job_1");
}

}  // namespace jobgate
