// priority, resolve: an operator changes what becomes of a job.
#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/commands/decide.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

struct PriorityFlags {
  std::string id, priority;
};

struct ResolveFlags {
  std::string id;
  std::optional<std::string> as, reason;
};

std::string WithState(const Json& job) {
  return TextAt(job, "id") + " " + TextAt(job, "state");
}

Result<int> RunResolve(Session& session, const ResolveFlags& flags) {
  if (!flags.as)
    return Fail(Code::kInvalidArgument,
                "resolve: look at what the job did, then say --as succeeded, failed or retry");
  Json body = {{"as", *flags.as}};
  if (flags.reason) body["reason"] = *flags.reason;
  return PostToJob(session, flags.id, "resolve", body, WithState);
}

}  // namespace

void AddPriority(CommandBuilder& root) {
  auto flags = std::make_shared<PriorityFlags>();
  CommandBuilder command = root.Command("priority", "Change how urgent a job is");
  command.JobId(flags->id, "The job")
      .ChoiceArgument("P", flags->priority, {"critical", "high", "normal", "low", "background"},
                      "How urgent it is from now on")
      .Examples({"jobgate priority job_01J8 critical"});
  command.Run([flags](Session& session) {
    return PostToJob(
        session, flags->id, "priority", {{"priority", flags->priority}},
        [](const Json& job) { return TextAt(job, "id") + " priority " + TextAt(job, "priority"); });
  });
}

void AddResolve(CommandBuilder& root) {
  auto flags = std::make_shared<ResolveFlags>();
  CommandBuilder command =
      root.Command("resolve", "Say how an interrupted job ended, or let it run again");
  command.JobId(flags->id, "The interrupted job")
      .Choice("--as", "HOW", flags->as, {"succeeded", "failed", "retry"}, "How to settle it")
      .Text("--reason", "TEXT", flags->reason, "Why; kept in the job's story")
      .About("Nobody knows how an interrupted job ended: look at what it did before you decide.")
      .Examples({"jobgate resolve job_01J8 --as succeeded --reason 'the site is up'"});
  command.Run([flags](Session& session) { return RunResolve(session, *flags); });
}

}  // namespace jobgate
