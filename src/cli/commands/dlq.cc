#include <algorithm>
#include <memory>
#include <utility>

#include "src/base/url.h"
#include "src/cli/commands/commands.h"
#include "src/cli/commands/retry.h"
#include "src/cli/pages.h"
#include "src/cli/print_answer.h"
#include "src/cli/text.h"
#include "src/cli/view/dead_letters.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

// Which entries are meant.
struct Choice {
  std::optional<std::string> entrypoint, reason;
  std::optional<Duration> older_than, newer_than;

  bool given() const { return entrypoint || reason || older_than || newer_than; }
};

struct ListFlags {
  Choice choice;
  std::optional<int64_t> limit;
};
struct RetryDlqFlags {
  std::string id;
  bool all = false;
  Choice choice;
  RetryFlags retry;
};
struct ClearFlags {
  Choice choice;
  bool yes = false;
};

void DeclareChoice(CommandBuilder& command, Choice& choice) {
  command.Text("--entrypoint", "E", choice.entrypoint, "Only entries of this entrypoint")
      .Text("--reason", "TEXT", choice.reason, "Only entries whose reason holds this text")
      .Span("--older-than", "TIME", choice.older_than, "Only entries there for longer, such as 2d")
      .Span("--newer-than", "TIME", choice.newer_than, "Only entries of the last 2h, or so");
}

Query QueryOf(const Choice& choice) {
  Query query;
  query.Add("entrypoint", choice.entrypoint.value_or("")).Add("reason", choice.reason.value_or(""));
  if (choice.older_than) query.Add("olderThanMs", std::to_string(choice.older_than->count()));
  if (choice.newer_than) query.Add("newerThanMs", std::to_string(choice.newer_than->count()));
  return query;
}

std::string EntryPath(const std::string& id, const std::string& rest = "") {
  return "/api/v1/dlq/" + PercentEncode(id) + rest;
}

std::string EntriesInWords(int64_t count) {
  return std::to_string(count) + (count == 1 ? " entry" : " entries");
}

Result<int> RunDlqList(Session& session, const ListFlags& flags) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto entries = FetchPages(**api, "/api/v1/dlq", QueryOf(flags.choice), "entries",
                                  flags.limit.value_or(kNoLimit));
  if (!entries) return tl::unexpected<Error>(entries.error());
  if (!session.json() && !At(*entries, "nextCursor").is_null())
    session.Note("there are more: see --limit");
  if (session.json())
    session.OutJson(*entries);
  else if (flags.choice.given() && ListAt(*entries, "entries").empty())
    session.Out("no entries match\n");
  else
    session.Out(DeadLetterTable(ListAt(*entries, "entries"), session.LookNow()));
  return 0;
}

Result<int> RunDlqShow(Session& session, const std::string& id) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return PrintAnswer(session, (*api)->Get(EntryPath(id)), DeadLetterPage);
}

Result<int> RetryOne(Session& session, const ApiClient& api, const RetryDlqFlags& flags) {
  const auto body = RetryBody(session, api, flags.id, flags.retry);
  if (!body) return tl::unexpected<Error>(body.error());
  return PrintAnswer(
      session, api.Post(EntryPath(flags.id, "/retry"), *body),
      [](const Json& job, const Look&) { return OneLine(RetriedInWords(job)) + "\n"; });
}

Json BodyOf(const RetryDlqFlags& flags) {
  Json body = Json::object();
  if (flags.choice.entrypoint) body["entrypoint"] = *flags.choice.entrypoint;
  if (flags.choice.reason) body["reason"] = *flags.choice.reason;
  if (flags.choice.older_than) body["olderThanMs"] = flags.choice.older_than->count();
  if (flags.choice.newer_than) body["newerThanMs"] = flags.choice.newer_than->count();
  if (flags.retry.priority) body["priority"] = *flags.retry.priority;
  if (flags.retry.note) body["note"] = *flags.retry.note;
  return body;
}

void TellResults(Session& session, const Json& results) {
  for (const Json& result : results) {
    if (At(result, "job").is_object())
      session.Out(OneLine(RetriedInWords(At(result, "job"))) + "\n");
    else
      session.Note(TextAt(result, "id") + ": " + TextAt(At(result, "problem"), "detail"));
  }
}

// Portion by portion; what cannot be retried is told, and stops nothing. What fails again meanwhile
// is in the queue anew, and not retried once more.
Result<int> RetryAll(Session& session, const ApiClient& api, const RetryDlqFlags& flags) {
  Json body = BodyOf(flags);
  const Duration begin = session.world().clock.Monotonic();
  Json all = {{"results", Json::array()}, {"retried", 0}, {"failed", 0}, {"nextCursor", nullptr}};
  do {
    if (At(all, "nextCursor").is_string()) {
      const Duration passed = session.world().clock.Monotonic() - begin;
      body["cursor"] = all["nextCursor"];
      body["olderThanMs"] = std::max(passed, flags.choice.older_than.value_or(passed)).count();
    }
    const auto answer = api.Post("/api/v1/dlq/retry", body);
    if (!answer) return tl::unexpected<Error>(answer.error());
    if (!session.json()) TellResults(session, ListAt(answer->body, "results"));
    for (const Json& result : ListAt(answer->body, "results")) all["results"].push_back(result);
    for (const char* count : {"retried", "failed"})
      all[count] = CountAt(all, count) + CountAt(answer->body, count);
    all["nextCursor"] = At(answer->body, "nextCursor");
  } while (At(all, "nextCursor").is_string());

  if (session.json())
    session.OutJson(all);
  else
    session.Note(EntriesInWords(CountAt(all, "retried")) + " retried, " +
                 std::to_string(CountAt(all, "failed")) + " could not be");
  return CountAt(all, "failed") == 0 ? 0 : 1;
}

Result<int> RunDlqRetry(Session& session, const RetryDlqFlags& flags) {
  if (flags.id.empty() != flags.all)
    return Fail(Code::kInvalidArgument, "dlq retry: name one job by its id, or say --all");
  if (!flags.all && flags.choice.given())
    return Fail(Code::kInvalidArgument, "dlq retry: filters go with --all");
  if (flags.all && flags.retry.params.given())
    return Fail(Code::kInvalidArgument, "dlq retry: params are changed one job at a time");
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  return flags.all ? RetryAll(session, **api, flags) : RetryOne(session, **api, flags);
}

Result<int> TellDropped(Session& session, const Answer& answer, const char* key) {
  if (session.json())
    session.OutJson(answer.body, answer.text);
  else
    session.Out(EntriesInWords(CountAt(answer.body, key)) + " " + key + "\n");
  return 0;
}

Result<int> RunDlqClean(Session& session) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  const auto answer = (*api)->Post("/api/v1/dlq/clean", Json::object());
  if (!answer) return tl::unexpected<Error>(answer.error());
  return TellDropped(session, *answer, "cleaned");
}

Result<int> RunDlqClear(Session& session, const ClearFlags& flags) {
  const auto api = session.Api();
  if (!api) return tl::unexpected<Error>(api.error());
  JOBGATE_TRY(session.Confirm(
      flags.choice.given() ? "Clear the entries that match?" : "Clear the whole dead-letter queue?",
      flags.yes));
  const auto answer = (*api)->Delete(QueryOf(flags.choice).Of("/api/v1/dlq"));
  if (!answer) return tl::unexpected<Error>(answer.error());
  return TellDropped(session, *answer, "cleared");
}

void AddDlqList(CommandBuilder& dlq) {
  auto flags = std::make_shared<ListFlags>();
  CommandBuilder list = dlq.Command("list", "List dead-lettered jobs and why they are there");
  DeclareChoice(list, flags->choice);
  list.Number("--limit", "N", flags->limit, 1, 1'000'000, "At most this many (all)")
      .Examples({"jobgate dlq list --entrypoint deploy --newer-than 2h",
                 "jobgate dlq list --json | jq '.entries[].reason'"});
  list.Run([flags](Session& session) { return RunDlqList(session, *flags); });
}

void AddDlqRetry(CommandBuilder& dlq) {
  auto flags = std::make_shared<RetryDlqFlags>();
  CommandBuilder retry =
      dlq.Command("retry", "Submit dead-lettered jobs again, and print the new jobs");
  retry.OptionalJobId(flags->id, "The job")
      .Switch("--all", flags->all, "Instead of an id: all entries, or those that match");
  DeclareChoice(retry, flags->choice);
  DeclareRetry(retry, flags->retry);
  retry
      .About(
          "With --all, what cannot be retried is told one by one and stays in the queue; exit 1\n"
          "where there was any.")
      .Examples({"jobgate dlq retry job_01J8",
                 "jobgate dlq retry job_01J8 -p region=eu --note 'the region was wrong'",
                 "jobgate dlq retry --all --entrypoint import --reason 'exit code 75'"});
  retry.Run([flags](Session& session) { return RunDlqRetry(session, *flags); });
}

void AddDlqClear(CommandBuilder& dlq) {
  auto flags = std::make_shared<ClearFlags>();
  CommandBuilder clear =
      dlq.Command("clear", "Take all entries out; their jobs stay in the history as failed");
  DeclareChoice(clear, flags->choice);
  clear.Switch("--yes", flags->yes, "Do not ask")
      .Examples(
          {"jobgate dlq clear", "jobgate dlq clear --entrypoint import --older-than 7d --yes"});
  clear.Run([flags](Session& session) { return RunDlqClear(session, *flags); });
}

}  // namespace

void AddDlq(CommandBuilder& root) {
  CommandBuilder dlq =
      root.Command("dlq", "Jobs that failed for good: list, show, retry, clean, clear");
  dlq.Examples({"jobgate dlq list", "jobgate dlq retry job_01J8"});
  AddDlqList(dlq);

  auto shown = std::make_shared<std::string>();
  CommandBuilder show =
      dlq.Command("show", "Show one dead-lettered job, its attempts and the ends of their logs");
  show.JobId(*shown, "The job").Examples({"jobgate dlq show job_01J8"});
  show.Run([shown](Session& session) { return RunDlqShow(session, *shown); });

  AddDlqRetry(dlq);
  CommandBuilder clean =
      dlq.Command("clean", "Take entries past dlq.retentionDays out of the queue now");
  clean.Examples({"jobgate dlq clean"});
  clean.Run(RunDlqClean);
  AddDlqClear(dlq);
}

}  // namespace jobgate
