#include <doctest/doctest.h>

#include "tests/unit/cli/small_world.h"

namespace jobgate {
namespace {

const std::string kJob = "GET /api/v1/jobs/" + std::string(kId);
const std::string kAttempts = kJob + "/attempts";
const std::string kStream = "GET /api/v1/events?job=" + std::string(kId);

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string LogOf(int attempt, const std::string& stream) {
  return kJob + "/logs?attempt=" + std::to_string(attempt) + "&stream=" + stream + "&follow=true";
}

Json Ended(int attempts) {
  Json list = Json::array();
  for (int number = 1; number <= attempts; ++number)
    list.push_back({{"number", number}, {"endedAt", "2025-12-31T23:59:00.000Z"}});
  return {{"attempts", list}};
}

Json Succeeded() {
  return JobIn("succeeded", {{"attempts", 1},
                             {"startedAt", "2025-12-31T23:58:00.000Z"},
                             {"finishedAt", "2025-12-31T23:58:02.500Z"}});
}

// A job that is submitted, runs once, and is `ended`.
void Script(SmallWorld& world, const Json& ended, const std::string& last_event) {
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  world.http.OnText(
      kStream, StreamOf({EventOf(1, "job:submitted"), EventOf(2, "job:started", {{"attempt", 1}}),
                         EventOf(3, last_event)}));
  world.http.On(kJob, ended);
  world.http.On(kAttempts, Ended(1));
  world.http.OnText(LogOf(1, "stdout"), "hello Ada\n");
  world.http.OnText(LogOf(1, "stderr"), "a warning\n");
}

}  // namespace

TEST_CASE("run: the job's stdout alone goes to stdout, and success is exit 0") {
  SmallWorld world;
  Script(world, Succeeded(), "job:succeeded");
  CHECK(world.Run({"run", "hello"}) == 0);
  CHECK(world.out == "hello Ada\n");
  CHECK(Has(world.err, "a warning\n"));
  CHECK(Has(world.err, "jobgate: " + std::string(kId) + " queued\n"));
  CHECK(Has(world.err, "succeeded: took 2.5s"));
  CHECK(world.http.HeaderTo(kStream, "Last-Event-ID") == "0");
  CHECK(world.http.HeaderTo(kStream, "Accept") == "text/event-stream");
}

TEST_CASE("run: a job that ends otherwise is exit 1, and its end is told") {
  for (const auto& [state, event] :
       std::map<std::string, std::string>{{"dead_lettered", "job:dlq"},
                                          {"failed", "job:expired"},
                                          {"canceled", "job:rejected"},
                                          {"interrupted", "job:interrupted"}}) {
    const auto& ended_as = state;  // clang 14 captures no binding
    CAPTURE(ended_as);
    SmallWorld world;
    Script(world, JobIn(state, {{"lastError", "exit 3"}}), event);
    CHECK(world.Run({"run", "hello"}) == 1);
    CHECK(Has(world.err, std::string(kId) + " " + state + ": "));
  }
}

TEST_CASE("run: with --json stdout holds the ended job alone") {
  SmallWorld world;
  Script(world, Succeeded(), "job:succeeded");
  CHECK(world.Run({"run", "hello", "--json"}) == 0);
  CHECK(ParseJson(world.out).value() == Succeeded());
  CHECK(Has(world.err, "hello Ada\n"));
}

TEST_CASE("run: the logs of all attempts come in their order, each once") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  world.http.OnText(kStream, StreamOf({EventOf(2, "job:started", {{"attempt", 1}}),
                                       EventOf(3, "job:retrying", {{"error", "exit 1"}}),
                                       EventOf(4, "job:started", {{"attempt", 2}}),
                                       EventOf(5, "job:succeeded")}));
  world.http.On(kJob, Succeeded());
  world.http.On(kAttempts, Ended(2));
  for (const int attempt : {1, 2}) {
    world.http.OnText(LogOf(attempt, "stdout"), "attempt " + std::to_string(attempt) + "\n");
    world.http.OnText(LogOf(attempt, "stderr"), "");
  }
  CHECK(world.Run({"run", "hello"}) == 0);
  CHECK(world.out == "attempt 1\nattempt 2\n");
  CHECK(Has(world.err, "will be tried again: exit 1"));
}

TEST_CASE("run: an attempt that is over before its approval is read is printed all the same") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  world.http.OnText(
      kStream,
      StreamOf({EventOf(2, "job:started", {{"attempt", 1}}), EventOf(3, "job:waiting_approval"),
                EventOf(4, "job:expiring"), EventOf(5, "job:extended"), EventOf(6, "job:priority"),
                EventOf(7, "job:approved"), EventOf(8, "job:resumed"), EventOf(9, "job:drifted"),
                EventOf(10, "job:recovered"), EventOf(11, "job:started", {{"attempt", 2}}),
                EventOf(12, "job:succeeded")}));
  world.http.On(kJob, JobIn("succeeded", {{"attempts", 2}}));
  world.http.On(kAttempts, Ended(2));
  for (const int attempt : {1, 2}) {
    world.http.OnText(LogOf(attempt, "stdout"), "attempt " + std::to_string(attempt) + "\n");
    world.http.OnText(LogOf(attempt, "stderr"), "");
  }
  CHECK(world.Run({"run", "deploy"}) == 0);
  CHECK(world.out == "attempt 1\nattempt 2\n");
  CHECK(Has(world.err, "attempt 2 started"));
  CHECK(world.http.TimesAsked(kJob) == 1);
}

TEST_CASE("run: attempts whose starts were never read are printed before the watch ends") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  world.http.OnText(kStream, StreamOf({EventOf(2, "job:started", {{"attempt", 1}}),
                                       EventOf(3, "job:interrupted", {{"attempt", 1}})}));
  world.http.On(kJob, JobIn("succeeded", {{"attempts", 3}}));
  world.http.On(kAttempts, Ended(3));
  for (const int attempt : {1, 2, 3}) {
    world.http.OnText(LogOf(attempt, "stdout"), "attempt " + std::to_string(attempt) + "\n");
    world.http.OnText(LogOf(attempt, "stderr"), "");
  }
  CHECK(world.Run({"run", "hello"}) == 0);
  CHECK(world.out == "attempt 1\nattempt 2\nattempt 3\n");
}

TEST_CASE("run: a daemon that cannot stream leaves out no attempt") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  world.http.OnProblem(kStream, {Code::kUnavailable, "too many streams"});
  world.http.On(kJob, JobIn("running", {{"attempts", 2}}));
  world.http.On(kJob, JobIn("succeeded", {{"attempts", 3}}));
  world.http.On(kAttempts, Ended(3));
  for (const int attempt : {1, 2, 3}) {
    world.http.OnText(LogOf(attempt, "stdout"), "attempt " + std::to_string(attempt) + "\n");
    world.http.OnText(LogOf(attempt, "stderr"), "");
  }
  CHECK(world.Run({"run", "hello"}) == 0);
  CHECK(world.out == "attempt 1\nattempt 2\nattempt 3\n");
}

TEST_CASE("run: a result that was not kept is told though the job succeeded") {
  SmallWorld world;
  Json job = Succeeded();
  job["lastError"] = "the result was not kept: JOBGATE_RESULT is larger than 64 KiB";
  Script(world, job, "job:succeeded");
  CHECK(world.Run({"run", "hello"}) == 0);
  CHECK(Has(world.err, "succeeded: took 2.5s; the result was not kept: JOBGATE_RESULT is larger"));
}

TEST_CASE("run: what the job writes comes after the note of its start and before that of its end") {
  SmallWorld world;
  Script(world, Succeeded(), "job:succeeded");
  CHECK(world.Run({"run", "hello", "--json"}) == 0);  // all of it on stderr
  const size_t started = world.err.find("attempt 1 started");
  const size_t wrote = world.err.find("hello Ada");
  const size_t ended = world.err.find("succeeded: took");
  CHECK(started < wrote);
  CHECK(wrote < ended);
  CHECK(ended != std::string::npos);
}

TEST_CASE("run: a gate on the way says which command opens it") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("waiting_approval"), 201);
  world.http.OnText(kStream, StreamOf({EventOf(2, "job:waiting_approval"),
                                       EventOf(3, "job:rejected", {{"reason", "no"}})}));
  world.http.On(kJob, JobIn("canceled"));
  world.http.On(kJob + "/explain",
                {{"conditions", {{{"what", "approval"}, {"command", "jobgate approve x"}}}}});
  CHECK(world.Run({"run", "deploy"}) == 1);
  CHECK(Has(world.err, "waits for approval"));
  CHECK(Has(world.err, "`jobgate approve x` lets it go on"));
}

TEST_CASE("submit --wait: a lost stream is taken up after the last event") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  world.http.OnText(kStream, StreamOf({EventOf(41, "job:started", {{"attempt", 1}})}), true);
  world.http.OnText(kStream, StreamOf({EventOf(42, "job:succeeded")}));
  world.http.On(kJob, Succeeded());
  CHECK(world.Run({"submit", "hello", "--wait"}) == 0);
  CHECK(world.out == std::string(kId) + " queued\n");
  CHECK(world.http.TimesAsked(kStream) == 2);
  CHECK(world.http.HeaderTo(kStream, "Last-Event-ID") == "41");
  CHECK(world.http.TimesAsked(LogOf(1, "stdout")) == 0);
}

TEST_CASE("submit --wait: a daemon that restarts is waited for") {
  // The stream ends without the last event, as when the daemon stops.
  SmallWorld away;
  away.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  away.http.OnText(kStream, StreamOf({EventOf(1, "job:submitted")}));
  away.http.OnText(kStream, StreamOf({EventOf(2, "job:succeeded")}));
  away.http.On(kJob, Succeeded());
  CHECK(away.Run({"submit", "hello", "--wait"}) == 0);
  CHECK(away.slept > Duration::zero());
  CHECK(Has(away.err, "trying again"));
}

TEST_CASE("submit --wait: a daemon that stays away is exit 6 after a minute, and the job goes on") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  world.http.OnText(kStream, "", true);
  CHECK(world.Run({"submit", "hello", "--wait"}) == 6);
  CHECK(world.slept >= std::chrono::minutes(1));
  CHECK(world.slept < std::chrono::minutes(2));
  CHECK(Has(world.err, "goes on or waits in the store"));
}

TEST_CASE("submit --wait: a daemon that cannot stream is asked again and again") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  world.http.OnProblem(kStream, {Code::kUnavailable, "too many streams"});
  world.http.On(kJob, JobIn("queued"));
  world.http.On(kJob, JobIn("running"));
  world.http.On(kJob, Succeeded());
  CHECK(world.Run({"submit", "hello", "--wait"}) == 0);
  CHECK(world.slept == std::chrono::seconds(2));
}

TEST_CASE("submit --wait: a daemon that goes down with the last event is asked for the end") {
  SmallWorld world;
  world.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  world.http.OnText(kStream, StreamOf({EventOf(2, "job:succeeded")}));
  world.http.OnText(kJob, "", true);
  world.http.On(kJob, Succeeded());
  CHECK(world.Run({"submit", "hello", "--wait"}) == 0);
}

TEST_CASE("run: a log cut off by a restart goes on where it broke") {
  SmallWorld cut;
  cut.http.On("POST /api/v1/jobs", JobIn("queued"), 201);
  cut.http.OnText(kStream, StreamOf({EventOf(2, "job:started", {{"attempt", 1}}),
                                     EventOf(3, "job:succeeded")}));
  cut.http.On(kJob, Succeeded());
  cut.http.On(kAttempts, Ended(1));
  cut.http.OnText(LogOf(1, "stdout"), "first line\nsec", true);
  cut.http.OnText(LogOf(1, "stdout"), "first line\nsecond line\n");
  cut.http.OnText(LogOf(1, "stderr"), "");
  CHECK(cut.Run({"run", "hello"}) == 0);
  CHECK(cut.out == "first line\nsecond line\n");
}

TEST_CASE("logs: stdout and stderr of the last attempt go to their own streams") {
  SmallWorld world;
  world.http.On(kJob, JobIn("succeeded", {{"attempts", 2}}));
  world.http.OnText(kJob + "/logs?attempt=2&stream=stdout", "out\n");
  world.http.OnText(kJob + "/logs?attempt=2&stream=stderr", "err\n");
  CHECK(world.Run({"logs", kId}) == 0);
  CHECK(world.out == "out\n");
  CHECK(world.err == "err\n");
  CHECK(world.Run({"logs", kId, "--stderr"}) == 0);
  CHECK(world.out == "err\n");
  CHECK(world.err.empty());
}

TEST_CASE("logs: --attempt names the attempt") {
  SmallWorld world;
  world.http.On(kJob, JobIn("succeeded", {{"attempts", 2}}));
  world.http.OnText(kJob + "/logs?attempt=1&stream=stdout", "first\n");
  world.http.OnText(kJob + "/logs?attempt=1&stream=stderr", "");
  CHECK(world.Run({"logs", kId, "--attempt", "1"}) == 0);
  CHECK(world.out == "first\n");
}

TEST_CASE("logs: a job that has not run yet says so") {
  SmallWorld world;
  world.http.On(kJob, JobIn("queued"));
  CHECK(world.Run({"logs", kId}) == 0);
  CHECK(world.out.empty());
  CHECK(Has(world.err, "has not run yet"));
}

TEST_CASE("logs --follow: begins with the running attempt and ends with the job") {
  SmallWorld world;
  world.http.On("GET /api/v1/events?limit=1", {{"events", Json::array()}, {"lastSeq", 7}});
  world.http.On(kJob, JobIn("running", {{"attempts", 1}}));
  world.http.On(kJob, JobIn("failed", {{"attempts", 1}, {"lastError", "exit 1"}}));
  world.http.OnText(kStream, StreamOf({EventOf(8, "job:failed")}));
  world.http.On(kAttempts, Ended(1));
  world.http.OnText(LogOf(1, "stdout"), "so far and the rest\n");
  world.http.OnText(LogOf(1, "stderr"), "");
  CHECK(world.Run({"logs", kId, "--follow"}) == 0);
  CHECK(world.out == "so far and the rest\n");
  CHECK(Has(world.err, "failed: exit 1"));
  CHECK(world.http.HeaderTo(kStream, "Last-Event-ID") == "7");
}

TEST_CASE("events: lists the newest, and follows from there, a line of JSON each") {
  SmallWorld world;
  world.http.On("GET /api/v1/events?limit=100",
                {{"events", {EventOf(7, "job:submitted")}}, {"lastSeq", 7}});
  CHECK(world.Run({"events"}) == 0);
  CHECK(Has(world.out, std::string(kId) + "  submitted"));
  world.http.OnText("GET /api/v1/events", StreamOf({EventOf(8, "job:succeeded")}));
  world.http.OnProblem("GET /api/v1/events", {Code::kForbidden, "enough"});
  CHECK(world.Run({"events", "--follow", "--json"}) == 5);
  CHECK(world.out == Canonical(EventOf(7, "job:submitted")) + "\n" +
                         Canonical(EventOf(8, "job:succeeded")) + "\n");
}

}  // namespace jobgate
