#include <memory>
#include <optional>

#include "src/cli/approval_hint.h"
#include "src/cli/commands/commands.h"
#include "src/cli/interrupt.h"
#include "src/cli/submission.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/preview.h"
#include "src/cli/watch_job.h"

namespace jobgate {
namespace {

struct SubmitFlags {
  SubmissionFlags submission;
  bool wait = false;
  bool follow = false;
};

Result<int> WatchToEnd(Session& session, const ApiClient& api, const std::string& id,
                       bool follow_logs) {
  WatchOptions options;
  options.follow_logs = follow_logs;
  AimAtOutputs(session, options);
  const auto job = WatchJob(session, api, id, options);
  if (!job) return tl::unexpected<Error>(job.error());
  if (session.json()) session.OutJson(*job);
  return TellEnd(session, *job);
}

// On stdout, unless that is for something else.
void TellSubmitted(Session& session, const Json& job, bool is_stdout_taken) {
  const std::string line = OneLine(TextAt(job, "id") + " " + TextAt(job, "state"));
  if (is_stdout_taken)
    session.Note(line);
  else
    session.Out(line + "\n");
}

void TellGate(Session& session, const ApiClient& api, const Json& job) {
  if (TextAt(job, "state") == "waiting_approval")
    session.Note("it waits at its gate: " + HowToGoOn(api, TextAt(job, "id")));
}

Result<int> RunSubmit(Session& session, const SubmitFlags& flags) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const bool watched = flags.wait || flags.follow;
  std::optional<InterruptNotice> notice;  // the job may run before its id is known here
  if (watched)
    notice.emplace("\njobgate: what was submitted by then goes on; find it with `jobgate list`");
  const auto answer = Submit(session, **api, flags.submission);
  if (!answer) return tl::unexpected<Error>(answer.error());
  const Json& job = answer->body;
  if (flags.submission.dry_run) {
    if (session.json())
      session.OutJson(job, answer->text);
    else
      session.Out(PreviewPage(job, session.LookNow()));
    return 0;
  }
  if (session.json() && !watched)
    session.OutJson(job, answer->text);
  else
    TellSubmitted(session, job, flags.follow || session.json());
  if (watched) return WatchToEnd(session, **api, TextAt(job, "id"), flags.follow);
  if (!session.json()) TellGate(session, **api, job);
  return 0;
}

}  // namespace

void AddSubmit(CommandBuilder& root) {
  auto flags = std::make_shared<SubmitFlags>();
  CommandBuilder command = root.Command("submit", "Submit a job, and print its id and state");
  DeclareSubmission(command, flags->submission);
  command.Switch("--wait", flags->wait, "Wait for its end; exit 0 if it succeeded, else 1")
      .Switch("--follow", flags->follow, "Print its output while it runs, and wait for its end")
      .Switch("--dry-run", flags->submission.dry_run,
              "Show the command that would run and what would gate it; submit nothing")
      .Examples({"jobgate submit hello -p name=Ada",
                 "jobgate submit deploy -p env=prod -p version=1.4 --priority high --wait",
                 "jobgate submit count --params '{\"seconds\": 5}' --delay 10m",
                 "jobgate submit deploy -p env=prod -p version=1.4 --dry-run"});
  command.Run([flags](Session& session) { return RunSubmit(session, *flags); });
}

void AddRun(CommandBuilder& root) {
  auto flags = std::make_shared<SubmitFlags>();
  flags->follow = true;
  CommandBuilder command =
      root.Command("run", "Submit a job and follow its output; exit 0 if it succeeded, else 1");
  DeclareSubmission(command, flags->submission);
  command
      .About(
          "stdout and stderr are the job's own; what jobgate says goes to stderr. Ctrl-C stops\n"
          "watching and leaves the job running. With --json the job's output goes to stderr,\n"
          "and stdout gets the ended job.")
      .Examples({"jobgate run hello -p name=Ada", "jobgate run count -p seconds=5 > count.log"});
  command.Run([flags](Session& session) { return RunSubmit(session, *flags); });
}

}  // namespace jobgate
