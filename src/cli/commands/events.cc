#include "src/cli/view/events.h"

#include <memory>

#include "src/cli/commands/commands.h"
#include "src/cli/follow_events.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

struct EventsFlags {
  bool follow = false;
  std::optional<std::string> job;
  std::optional<int64_t> limit;
};

void PrintEvent(Session& session, const Json& event) {
  if (session.json())
    session.Out(Canonical(event) + "\n");
  else
    session.Out(EventLine(event, session.LookNow()));
}

// The full id, so that the stream and the list filter by the same job.
Result<std::string> FullId(const ApiClient& api, const std::optional<std::string>& id) {
  if (!id) return std::string();
  const auto job = api.Get(JobPath(*id));
  if (!job) return tl::unexpected<Error>(job.error());
  return TextAt(job->body, "id");
}

Result<int> RunEvents(Session& session, const EventsFlags& flags) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto id = FullId(**api, flags.job);
  if (!id) return tl::unexpected<Error>(id.error());
  const auto limit = std::to_string(flags.limit.value_or(100));
  const auto page = (*api)->Get(Query().Add("job", *id).Add("limit", limit).Of("/api/v1/events"));
  if (!page) return tl::unexpected<Error>(page.error());
  if (session.json() && !flags.follow) {
    session.OutJson(page->body, page->text);
    return 0;
  }
  for (const Json& event : ListAt(page->body, "events")) PrintEvent(session, event);
  if (!flags.follow) return 0;
  const auto followed =
      FollowEvents(session, **api, {*id, CountAt(page->body, "lastSeq")}, [&](const Json& event) {
        PrintEvent(session, event);
        return true;
      });
  if (!followed) return tl::unexpected<Error>(followed.error());
  return 0;
}

}  // namespace

void AddEvents(CommandBuilder& root) {
  auto flags = std::make_shared<EventsFlags>();
  CommandBuilder command = root.Command("events", "Print what happened, oldest first");
  command.Switch("-f,--follow", flags->follow, "Go on with what happens next, until Ctrl-C")
      .JobIdOption("--job", flags->job, "Only of this job")
      .Number("--limit", "N", flags->limit, 1, 1000, "At most this many of the newest (100)")
      .About("Times are UTC. With --json --follow each event is one line of JSON.")
      .Examples({"jobgate events --follow", "jobgate events --job job_01J8 --json"});
  command.Run([flags](Session& session) { return RunEvents(session, *flags); });
}

}  // namespace jobgate
