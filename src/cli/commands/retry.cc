#include "src/cli/commands/retry.h"

#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/commands/decide.h"
#include "src/cli/view/fields.h"

namespace jobgate {

void DeclareRetry(CommandBuilder& command, RetryFlags& flags) {
  DeclareParams(command, flags.params);
  command
      .Choice("--priority", "P", flags.priority,
              {"critical", "high", "normal", "low", "background"},
              "How urgent the new job is, instead of as urgent as the old one")
      .Text("--note", "TEXT", flags.note,
            "What was done about the failure; kept in the story of both jobs");
}

Result<Json> RetryBody(Session& session, const ApiClient& api, const std::string& id,
                       const RetryFlags& flags) {
  Json body = Json::object();
  if (flags.priority) body["priority"] = *flags.priority;
  if (flags.note) body["note"] = *flags.note;
  if (!flags.params.given()) return body;
  const auto old = api.Get(JobPath(id));
  if (!old) return tl::unexpected<Error>(old.error());
  auto params = ReadParams(session, api, TextAt(old->body, "entrypoint"), flags.params,
                           At(old->body, "params"));
  if (!params) return params;
  body["params"] = *std::move(params);
  return body;
}

std::string RetriedInWords(const Json& job) {
  return TextAt(job, "id") + " " + TextAt(job, "state") + " (retry of " + TextAt(job, "parentId") +
         ")";
}

void AddRetry(CommandBuilder& root) {
  struct Flags {
    std::string id;
    RetryFlags retry;
  };
  auto flags = std::make_shared<Flags>();
  CommandBuilder command =
      root.Command("retry", "Submit an ended job again, as a new job with the same params");
  command.JobId(flags->id, "The ended job");
  DeclareRetry(command, flags->retry);
  command.Examples({"jobgate retry job_01J8",
                    "jobgate retry job_01J8 -p env=test --note 'the wrong environment'"});
  command.Run([flags](Session& session) -> Result<int> {
    const auto api = session.Api();
    if (!api) return tl::unexpected<Error>(api.error());
    const auto body = RetryBody(session, **api, flags->id, flags->retry);
    if (!body) return tl::unexpected<Error>(body.error());
    return PostToJob(session, flags->id, "retry", *body, RetriedInWords);
  });
}

void AddReplay(CommandBuilder& root) {
  struct Flags {
    std::string id;
    ParamsFlags params;
    bool debug = false;
  };
  auto flags = std::make_shared<Flags>();
  CommandBuilder command =
      root.Command("replay", "Run an ended job once more for a look; the old one stays as it is");
  command.JobId(flags->id, "The ended job")
      .Switch("--debug", flags->debug, "Set JOBGATE_DEBUG for it");
  DeclareParams(command, flags->params);
  command
      .About(
          "The new job has JOBGATE_REPLAY set and a trace of its own. It may be replayed any "
          "number\n"
          "of times; `retry` is for work that is still to be done.")
      .Examples({"jobgate replay job_01J8 --debug", "jobgate replay job_01J8 -p limit=10"});
  command.Run([flags](Session& session) -> Result<int> {
    const auto api = session.Api();
    if (!api) return tl::unexpected<Error>(api.error());
    RetryFlags same;
    same.params = flags->params;
    auto body = RetryBody(session, **api, flags->id, same);
    if (!body) return tl::unexpected<Error>(body.error());
    if (flags->debug) (*body)["debug"] = true;
    return PostToJob(session, flags->id, "replay", *body, [](const Json& job) {
      return TextAt(job, "id") + " " + TextAt(job, "state") + " (replay of " +
             TextAt(job, "parentId") + ")";
    });
  });
}

}  // namespace jobgate
