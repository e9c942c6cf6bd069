#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/pages.h"
#include "src/cli/print_answer.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/operation.h"
#include "src/cli/view/story.h"

namespace jobgate {
namespace {

constexpr int64_t kEventsMax = 1000;

Json StepsOf(const ApiClient& api, const std::string& entrypoint) {
  const auto answer = api.Get("/api/v1/entrypoints");
  if (answer)
    for (const Json& declared : ListAt(answer->body, "entrypoints"))
      if (TextAt(declared, "name") == entrypoint) return ListAt(declared, "steps");
  return Json::array();
}

bool IsGone(const ApiClient& api, const std::string& id) {
  if (id.empty()) return false;
  const auto answer = api.Get(JobPath(id));
  return !answer && answer.error().code == Code::kNotFound;
}

// What holds up a queued job, and what is to end a running one.
void Explain(const ApiClient& api, Json& job) {
  const std::string state = TextAt(job, "state");
  if (state != "queued" && state != "running") return;
  const auto explained = api.Get(JobPath(TextAt(job, "id"), "/explain"));
  if (!explained) return;
  job["stop"] = At(explained->body, "stop");
  const Json& conditions = ListAt(explained->body, "conditions");
  if (state == "queued" && !conditions.empty()) job["waitsFor"] = conditions.front();
}

// What is more than the job itself may be missing, and the story is told without it.
Story FetchStory(const ApiClient& api, Json job) {
  Story story;
  story.job = std::move(job);
  const std::string id = TextAt(story.job, "id");
  if (const auto attempts = api.Get(JobPath(id, "/attempts")))
    story.attempts = ListAt(attempts->body, "attempts");
  if (TextAt(story.job, "state") == "running" && !story.attempts.empty())
    story.job["runningSince"] = At(story.attempts.back(), "startedAt");
  if (const auto events =
          api.Get(Query().Add("limit", std::to_string(kEventsMax)).Of(JobPath(id, "/events"))))
    story.events = ListAt(events->body, "events");
  story.steps = StepsOf(api, TextAt(story.job, "entrypoint"));
  Explain(api, story.job);
  if (TextAt(story.job, "state") == "waiting_approval")
    story.approval = FetchOpenRequest(api, id).value_or(Json());
  story.parent_gone = IsGone(api, TextAt(story.job, "parentId"));
  story.child_gone = IsGone(api, TextAt(story.job, "retriedAs"));
  return story;
}

Result<int> RunShow(Session& session, const std::string& id) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  auto job = (*api)->Get(JobPath(id));
  if (!job) return tl::unexpected<Error>(job.error());
  if (session.json()) {
    session.OutJson(job->body, job->text);
    return 0;
  }
  session.Out(StoryPage(FetchStory(**api, std::move(job->body)), session.LookNow()));
  return 0;
}

Result<int> RunExplain(Session& session, const std::string& id) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Get(JobPath(id, "/explain")), ExplanationPage);
}

}  // namespace

void AddShow(CommandBuilder& root) {
  auto id = std::make_shared<std::string>();
  CommandBuilder command = root.Command("show", "Tell one job's whole story");
  command.JobId(*id, "The job, or a beginning of its id that fits one only")
      .Examples({"jobgate show job_01J8", "jobgate show job_01J8 --json | jq .result"});
  command.Run([id](Session& session) { return RunShow(session, *id); });
}

void AddExplain(CommandBuilder& root) {
  auto id = std::make_shared<std::string>();
  CommandBuilder command =
      root.Command("explain", "Say what holds a job up, who can clear it, and until when");
  command.JobId(*id, "The job").Examples({"jobgate explain job_01J8"});
  command.Run([id](Session& session) { return RunExplain(session, *id); });
}

}  // namespace jobgate
