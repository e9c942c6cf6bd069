// What does not go well: jobs that run for too long, and failures by what kind of error they are.
#include <algorithm>
#include <utility>

#include "src/api/errors_json.h"
#include "src/api/stuck_json.h"
#include "src/http/api.h"
#include "src/http/log_tail.h"
#include "src/turn/declarations.h"

namespace jobgate {
namespace {

constexpr int64_t kSpanMsMax = 366LL * 24 * 3600 * 1000;
constexpr int kRunningMax = 10'000;
constexpr int kExaminedMax = 2'000;  // failures, and jobs that failed without an attempt
constexpr size_t kLineBytesMax = 1024;

std::optional<Duration> TimeoutOf(const Job& job, const Config& config) {
  const auto declaration = DeclarationOf(job, config);
  return declaration ? std::optional((*declaration)->timeout) : std::nullopt;
}

Result<std::vector<LongRunning>> FindRunning(StoreReader& store, const Config& config) {
  JobFilter filter;
  filter.states = {JobState::kRunning};
  filter.limit = kRunningMax;
  auto page = store.ListJobs(filter);
  if (!page) return Fail(page.error());
  std::vector<LongRunning> running;
  for (Job& job : page->jobs) {
    auto attempts = store.AttemptsOf(job.id);
    if (!attempts) return Fail(attempts.error());
    if (attempts->empty() || attempts->back().ended_at) continue;
    const auto timeout = TimeoutOf(job, config);
    running.push_back({{std::move(job), std::move(attempts->back())}, timeout});
  }
  return running;
}

void Stuck(const Api& api, const Call& call, const Responder& responder) {
  auto older = call.Integer("olderThanMs", 0, kSpanMsMax);
  if (!older) return responder.Send(older.error());
  const Duration older_than(older->value_or(0));
  Ask(api, responder,
      [config = api.config.Get(), now = api.clock.Now(),
       older_than](StoreReader& store) -> Result<HttpReply> {
        auto running = FindRunning(store, *config);
        if (!running) return Fail(running.error());
        return JsonReply(200, StuckJson(*std::move(running), older_than, now));
      });
}

// What an attempt said last, where it ended by its own exit or a signal: that tells the cause.
std::string LineOf(const Api& api, const Attempt& attempt) {
  if (attempt.outcome != "failed") return "";
  for (const auto stream : {LogStreamName::kStderr, LogStreamName::kStdout}) {
    std::string line =
        LastLine(LogTail(api.files, attempt.job_id, attempt.number, stream, kLineBytesMax));
    if (!line.empty()) return line;
  }
  return "";
}

// A drain stops what is fine.
bool IsStoppedByDrain(const Attempt& attempt) {
  return attempt.outcome == "interrupted" &&
         attempt.error.value_or("").starts_with("stopped by a drain");
}

struct ErrorsAsked {
  Time since;
  std::optional<std::string> entrypoint;
  size_t limit = 20;
};

// Every failed attempt, and every job that failed before it had one.
Result<HttpReply> FindErrors(const Api& api, const ErrorsAsked& asked, StoreReader& store) {
  auto attempts = store.FailedAttempts(asked.since, kExaminedMax);
  if (!attempts) return Fail(attempts.error());
  EndedFilter filter;
  filter.states = {JobState::kFailed, JobState::kDeadLettered};
  filter.ended_from = asked.since;
  filter.newest_first = true;
  filter.limit = kExaminedMax;
  auto ended = store.ListEnded(filter);
  if (!ended) return Fail(ended.error());

  std::vector<Failure> failures;
  for (const Attempt& attempt : *attempts) {
    auto job = store.FindJob(attempt.job_id);
    if (!job) return Fail(job.error());
    if (!*job || IsStoppedByDrain(attempt)) continue;
    failures.push_back({attempt.job_id, (*job)->entrypoint, *attempt.ended_at,
                        attempt.error.value_or(""), LineOf(api, attempt)});
  }
  for (const Job& job : ended->jobs)
    if (job.attempts == 0)
      failures.push_back(
          {job.id, job.entrypoint, *job.finished_at, job.last_error.value_or(""), ""});
  if (asked.entrypoint)
    std::erase_if(failures,
                  [&](const Failure& failure) { return failure.entrypoint != *asked.entrypoint; });
  std::ranges::stable_sort(failures, std::ranges::greater(), &Failure::at);

  ErrorGroups groups;
  for (const Failure& failure : failures) groups.Add(failure);
  const bool truncated =
      attempts->size() == static_cast<size_t>(kExaminedMax) || !ended->next_cursor.empty();
  return JsonReply(200, {{"since", FormatTime(asked.since)},
                         {"examined", failures.size()},
                         {"truncated", truncated},
                         {"groups", groups.ToJson(asked.limit)}});
}

void Errors(const Api& api, const Call& call, const Responder& responder) {
  const auto since = call.Integer("sinceMs", 1, kSpanMsMax);
  const auto limit = call.Integer("limit", 1, 1000);
  if (auto wrong = Wrong(since, limit)) return responder.Send(*std::move(wrong));
  ErrorsAsked asked;
  asked.since = api.clock.Now() - since->value_or(24LL * 3600 * 1000) * Duration(1);
  asked.entrypoint = call.Text("entrypoint");
  asked.limit = static_cast<size_t>(limit->value_or(20));
  Ask(api, responder, [api = api.shared_from_this(), asked](StoreReader& store) {
    return FindErrors(*api, asked, store);
  });
}

}  // namespace

std::vector<Route> TroubleRoutes(const Api& api) {
  const auto with = HandlersOf(api);
  return {
      {"GET",
       "/api/v1/stuck",
       {"listStuck",
        "jobs",
        "What has been running for long, the longest first",
        {{"olderThanMs", R"({"type":"integer","minimum":0})",
          "Attempts that have been running for at least this long"}},
        "",
        false,
        {{200, "Running jobs", "StuckList"}}},
       with(Stuck)},
      {"GET",
       "/api/v1/errors",
       {"listErrors",
        "jobs",
        "Failures by what kind of error they are, most frequent first",
        {{"sinceMs", R"({"type":"integer","minimum":1,"default":86400000})", "Of the last so long"},
         {"entrypoint", R"({"type":"string"})", "Of this entrypoint"},
         {"limit", R"({"type":"integer","minimum":1,"maximum":1000,"default":20})",
          "At most so many kinds"}},
        "",
        false,
        {{200, "Kinds of errors", "ErrorReport"}}},
       with(Errors)},
  };
}

}  // namespace jobgate
