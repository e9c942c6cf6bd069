#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/pages.h"
#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/operation.h"
#include "src/cli/view/story.h"

namespace jobgate {
namespace {

std::string EntryPath(const std::string& id, const std::string& rest = "") {
  return "/api/v1/dlq/" + PercentEncode(id) + rest;
}

Result<int> RunDlqList(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto entries = FetchPages(**api, "/api/v1/dlq", Query(), "entries");
  if (!entries) return tl::unexpected<Error>(entries.error());
  if (session.json())
    session.OutJson(*entries);
  else
    session.Out(DeadLetterTable(ListAt(*entries, "entries"), session.LookNow()));
  return 0;
}

Result<int> RunDlqShow(Session& session, const std::string& id) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto entry = (*api)->Get(EntryPath(id));
  if (!entry) return tl::unexpected<Error>(entry.error());
  if (session.json()) {
    session.OutJson(entry->body, entry->text);
    return 0;
  }
  Story story;
  story.job = At(entry->body, "job");
  if (const auto attempts = (*api)->Get(JobPath(TextAt(story.job, "id"), "/attempts")))
    story.attempts = ListAt(attempts->body, "attempts");
  const Look look = session.LookNow();
  const auto added = TimeAt(entry->body, "addedAt");
  session.Out("dead-lettered " + (added ? RelativeTime(look.now, *added) : "") + ": " +
              OneLine(TextAt(entry->body, "reason")) + "\n\n" + StoryPage(story, look));
  return 0;
}

Result<int> RunDlqRetry(Session& session, const std::string& id) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer = (*api)->Post(EntryPath(id, "/retry"), Json::object());
  if (!answer) return tl::unexpected<Error>(answer.error());
  const Json& job = answer->body;
  if (session.json())
    session.OutJson(job, answer->text);
  else
    session.Out(OneLine(TextAt(job, "id") + " " + TextAt(job, "state") + " (retry of " +
                        TextAt(job, "parentId") + ")") +
                "\n");
  return 0;
}

}  // namespace

void AddDlq(CommandBuilder& root) {
  CommandBuilder dlq = root.Command("dlq", "Jobs that failed for good: list, show, retry");
  dlq.Examples({"jobgate dlq list", "jobgate dlq retry job_01J8"});

  CommandBuilder list = dlq.Command("list", "List dead-lettered jobs and why they are there");
  list.Examples({"jobgate dlq list --json | jq '.entries[].reason'"});
  list.Run(RunDlqList);

  auto shown = std::make_shared<std::string>();
  CommandBuilder show = dlq.Command("show", "Show one dead-lettered job with its attempts");
  show.Argument("ID", *shown, "The job").Examples({"jobgate dlq show job_01J8"});
  show.Run([shown](Session& session) { return RunDlqShow(session, *shown); });

  auto retried = std::make_shared<std::string>();
  CommandBuilder retry =
      dlq.Command("retry", "Submit a dead-lettered job again, and print the new job");
  retry.Argument("ID", *retried, "The job").Examples({"jobgate dlq retry job_01J8"});
  retry.Run([retried](Session& session) { return RunDlqRetry(session, *retried); });
}

}  // namespace jobgate
