// fail and stuck: an operator ends jobs as failed, by name or because they run for too long.
#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/commands/decide.h"
#include "src/cli/commands/each.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/stuck.h"

namespace jobgate {
namespace {

struct FailFlags {
  std::vector<std::string> ids;
  bool running = false;
  bool yes = false;
  std::optional<std::string> reason;
};

struct StuckFlags {
  std::optional<Duration> older_than;
  bool fail = false;
  bool yes = false;
  std::optional<std::string> reason;
};

Result<int> FailEach(Session& session, const ApiClient& api, const std::vector<std::string>& ids,
                     const std::string& reason) {
  return PostToEach(session, api, ids, "fail", {{"reason", reason}}, EndInWords);
}

Result<int> RunFail(Session& session, const FailFlags& flags) {
  if (flags.ids.empty() != flags.running)
    return Fail(Code::kInvalidArgument, "fail: name jobs by id, or say --running, not both");
  if (!flags.reason)
    return Fail(Code::kInvalidArgument, "fail: say why with --reason; it is kept in their stories");
  if (flags.ids.size() == 1)
    return PostToJob(session, flags.ids.front(), "fail", {{"reason", *flags.reason}}, EndInWords);
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  if (!flags.running) return FailEach(session, **api, flags.ids, *flags.reason);
  const auto ids = SelectIds(**api, Query().Add("state", "running"));
  if (!ids) return tl::unexpected<Error>(ids.error());
  if (!ids->empty())
    JOBGATE_TRY(session.Confirm(
        "Stop " + Counted(static_cast<int64_t>(ids->size()), "running job") + " as failed?",
        flags.yes));
  else
    session.Note("nothing runs");
  return FailEach(session, **api, *ids, *flags.reason);
}

Result<int> FailStuck(Session& session, const ApiClient& api, const Json& stuck,
                      const StuckFlags& flags) {
  std::vector<std::string> ids;
  for (const Json& one : ListAt(stuck, "jobs")) ids.push_back(TextAt(At(one, "job"), "id"));
  if (!ids.empty())
    JOBGATE_TRY(session.Confirm(
        "Stop " + Counted(static_cast<int64_t>(ids.size()), "stuck job") + " as failed?",
        flags.yes));
  return FailEach(
      session, api, ids,
      flags.reason.value_or("stuck: ran longer than " + FormatDuration(*flags.older_than)));
}

Result<int> RunStuck(Session& session, const StuckFlags& flags) {
  if (!flags.older_than)
    return Fail(Code::kInvalidArgument, "stuck: say how long is too long with --older-than 5m");
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto stuck = (*api)->Get(
      Query().Add("olderThanMs", std::to_string(flags.older_than->count())).Of("/api/v1/stuck"));
  if (!stuck) return tl::unexpected<Error>(stuck.error());
  const bool found = !ListAt(stuck->body, "jobs").empty();
  if (!flags.fail && session.json())
    session.OutJson(stuck->body, stuck->text);
  else if (!session.json())
    session.Out(StuckTable(ListAt(stuck->body, "jobs"), session.LookNow()));
  if (flags.fail) return FailStuck(session, **api, stuck->body, flags);
  return found ? 1 : 0;
}

}  // namespace

void AddFail(CommandBuilder& root) {
  auto flags = std::make_shared<FailFlags>();
  CommandBuilder command =
      root.Command("fail", "End jobs as failed; running ones get TERM, then KILL");
  command.JobIds(flags->ids, "The jobs")
      .Switch("--running", flags->running, "Instead of ids: everything that runs now")
      .Text("--reason", "TEXT", flags->reason, "Why; kept in the job's story")
      .Switch("--yes", flags->yes, "Do not ask")
      .About(
          "The intent is stored before the TERM, and holds whatever the process does then. "
          "Nothing\n"
          "is tried again. `jobgate worker stop` first keeps others from taking the free places.")
      .Examples({"jobgate fail job_01J8 --reason 'hangs in the lock'",
                 "jobgate worker stop && jobgate fail --running --reason 'disk is full' --yes"});
  command.Run([flags](Session& session) { return RunFail(session, *flags); });
}

void AddStuck(CommandBuilder& root) {
  auto flags = std::make_shared<StuckFlags>();
  CommandBuilder command =
      root.Command("stuck", "Find jobs that run for too long, and end them as failed");
  command
      .Span("--older-than", "TIME", flags->older_than, "Running for at least this long, such as 5m")
      .Switch("--fail", flags->fail, "End them as failed")
      .Text("--reason", "TEXT", flags->reason, "Why; with --fail")
      .Switch("--yes", flags->yes, "Do not ask; with --fail")
      .About("Exit 1 where there are any, unless they are to be failed.")
      .Examples({"jobgate stuck --older-than 5m",
                 "jobgate stuck --older-than 1h --fail --yes --reason 'the mirror is down'"});
  command.Run([flags](Session& session) { return RunStuck(session, *flags); });
}

}  // namespace jobgate
