#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/follow_events.h"
#include "src/cli/pages.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/watch_job.h"
#include "src/job/state.h"

namespace jobgate {
namespace {

// A log is at most maxLogBytes, and read from the disk.
constexpr Duration kSilenceMax = std::chrono::seconds(30);

struct LogsFlags {
  std::string id;
  std::optional<std::string> correlation;
  bool follow = false;
  bool only_stderr = false;
  std::optional<int64_t> attempt;
};

WatchOptions OptionsFor(Session& session, const LogsFlags& flags) {
  WatchOptions options;
  options.follow_logs = true;
  options.on_stdout = [&session](std::string_view bytes) { session.Out(bytes); };
  options.on_stderr = [&session](std::string_view bytes) { session.Err(bytes); };
  if (flags.only_stderr) {
    options.on_stderr = options.on_stdout;
    options.on_stdout = [](std::string_view) {};
  }
  return options;
}

Result<void> PrintStream(const ApiClient& api, const std::string& id, int64_t attempt,
                         const std::string& stream, const BytesFn& on_bytes) {
  const std::string path = Query()
                               .Add("attempt", std::to_string(attempt))
                               .Add("stream", stream)
                               .Of(JobPath(id, "/logs"));
  return api.Stream(path, {{"Accept", "text/plain"}}, kSilenceMax, [&](std::string_view bytes) {
    on_bytes(bytes);
    return true;
  });
}

Result<void> PrintLogs(const ApiClient& api, const std::string& id, int64_t attempt,
                       const LogsFlags& flags, const WatchOptions& options) {
  if (!flags.only_stderr) JOBGATE_TRY(PrintStream(api, id, attempt, "stdout", options.on_stdout));
  return PrintStream(api, id, attempt, "stderr", options.on_stderr);
}

void FollowOneAttempt(Session& session, const ApiClient& api, const std::string& id,
                      int64_t attempt, const WatchOptions& options) {
  AttemptLog out(session, api, id, attempt, "stdout", options.on_stdout);
  AttemptLog err(session, api, id, attempt, "stderr", options.on_stderr);
}

Result<int64_t> LastSequence(const ApiClient& api) {
  const auto answer = api.Get("/api/v1/events?limit=1");
  if (!answer) return tl::unexpected<Error>(answer.error());
  return CountAt(answer->body, "lastSeq");
}

bool MovesOn(const Json& job) {
  const std::string state = TextAt(job, "state");
  return state == "queued" || state == "running" || state == "waiting_approval";
}

// From the attempt that runs now, or else the last one, through all that follow.
Result<int> FollowJob(Session& session, const ApiClient& api, const LogsFlags& flags) {
  const auto seq = LastSequence(api);
  if (!seq) return tl::unexpected<Error>(seq.error());
  const auto job = api.Get(JobPath(flags.id));
  if (!job) return tl::unexpected<Error>(job.error());
  WatchOptions options = OptionsFor(session, flags);
  options.after_seq = *seq;
  options.attach_to_attempt = CountAt(job->body, "attempts");
  const std::string id = TextAt(job->body, "id");
  if (!MovesOn(job->body)) {
    if (options.attach_to_attempt > 0)
      JOBGATE_TRY(PrintLogs(api, id, options.attach_to_attempt, flags, options));
    return 0;
  }
  const auto ended = WatchJob(session, api, id, options);
  if (!ended) return tl::unexpected<Error>(ended.error());
  TellEnd(session, *ended);
  return 0;
}

Result<int> PrintOnce(Session& session, const ApiClient& api, const LogsFlags& flags) {
  const auto job = api.Get(JobPath(flags.id));
  if (!job) return tl::unexpected<Error>(job.error());
  const std::string id = TextAt(job->body, "id");
  const int64_t attempts = CountAt(job->body, "attempts");
  const int64_t attempt = flags.attempt.value_or(attempts);
  if (attempt == 0) {
    session.Note(id + " has not run yet (" + TextAt(job->body, "state") + "): `jobgate explain " +
                 id + "` says why, --follow waits for it");
    return 0;
  }
  const WatchOptions options = OptionsFor(session, flags);
  if (flags.follow)
    FollowOneAttempt(session, api, id, attempt, options);
  else
    JOBGATE_TRY(PrintLogs(api, id, attempt, flags, options));
  return 0;
}

// Every attempt of every job with the correlation id, each under a line that names it.
Result<int> PrintCorrelated(Session& session, const ApiClient& api, const LogsFlags& flags) {
  const Query query = Query().Add("correlationId", *flags.correlation).Add("order", "oldest");
  const auto page = FetchPages(api, "/api/v1/jobs", query, "jobs");
  if (!page) return tl::unexpected<Error>(page.error());
  const WatchOptions options = OptionsFor(session, flags);
  for (const Json& job : ListAt(*page, "jobs")) {
    const std::string id = TextAt(job, "id");
    for (int64_t attempt = 1; attempt <= CountAt(job, "attempts"); ++attempt) {
      session.Out(OneLine("==> " + id + " " + TextAt(job, "entrypoint") + ", attempt " +
                          std::to_string(attempt) + " <==") +
                  "\n");
      const auto printed = PrintLogs(api, id, attempt, flags, options);
      if (!printed && printed.error().code != Code::kNotFound) return Fail(printed.error());
      if (!printed) session.Note(printed.error().message);
    }
  }
  if (ListAt(*page, "jobs").empty()) session.Note("no job has this correlation id");
  return 0;
}

Result<int> RunLogs(Session& session, const LogsFlags& flags) {
  if (flags.id.empty() != flags.correlation.has_value())
    return Fail(Code::kInvalidArgument,
                "logs: name one job by its id, or several by --correlation");
  if (flags.correlation && (flags.follow || flags.attempt))
    return Fail(Code::kInvalidArgument, "logs: --follow and --attempt go with one job");
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  if (flags.correlation) return PrintCorrelated(session, **api, flags);
  if (flags.follow && !flags.attempt) return FollowJob(session, **api, flags);
  return PrintOnce(session, **api, flags);
}

}  // namespace

void AddLogs(CommandBuilder& root) {
  auto flags = std::make_shared<LogsFlags>();
  CommandBuilder command = root.Command("logs", "Print what a job wrote");
  command.OptionalJobId(flags->id, "The job")
      .Text("--correlation", "C", flags->correlation,
            "Instead of an id: all attempts of all jobs with this correlation id, oldest job first")
      .Switch("-f,--follow", flags->follow,
              "Go on while it runs, through later attempts, until it ends")
      .Number("--attempt", "N", flags->attempt, 1, 1'000'000, "Of this attempt (the last one)")
      .Switch("--stderr", flags->only_stderr, "Only its stderr, on stdout")
      .About("Its stdout goes to stdout and its stderr to stderr.")
      .Examples({"jobgate logs job_01J8 --follow", "jobgate logs job_01J8 --attempt 1 --stderr",
                 "jobgate logs --correlation order-1207"});
  command.Run([flags](Session& session) { return RunLogs(session, *flags); });
}

}  // namespace jobgate
