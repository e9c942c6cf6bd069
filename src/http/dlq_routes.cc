// The dead-letter queue: jobs that failed for good and wait for a person.
#include <algorithm>
#include <memory>
#include <utility>

#include "src/api/dlq_json.h"
#include "src/api/json_values.h"
#include "src/api/problem.h"
#include "src/api/request_json.h"
#include "src/http/api.h"
#include "src/http/bulk.h"
#include "src/http/job_reply.h"
#include "src/http/log_tail.h"

namespace jobgate {
namespace {

constexpr int64_t kAgeMsMax = 100LL * 366 * 24 * 3600 * 1000;
constexpr int kPage = 500;
constexpr size_t kAttemptsShown = 20;

Result<std::string> ReadReason(const Call& call) {
  auto reason = call.Text("reason");
  if (reason && reason->empty())
    return BadQuery("reason", "must not be empty: it would select every entry");
  return std::move(reason).value_or("");
}

Result<DeadLetterChoice> ReadChoice(const Call& call) {
  auto reason = ReadReason(call);
  const auto older = call.Integer("olderThanMs", 0, kAgeMsMax);
  const auto newer = call.Integer("newerThanMs", 0, kAgeMsMax);
  if (auto wrong = Wrong(reason, older, newer)) return Fail(*std::move(wrong));
  DeadLetterChoice choice;
  choice.entrypoint = call.Text("entrypoint");
  choice.reason = *std::move(reason);
  if (*older) choice.older_than = Duration(**older);
  if (*newer) choice.newer_than = Duration(**newer);
  return choice;
}

void List(const Api& api, const Call& call, const Responder& responder) {
  const auto choice = ReadChoice(call);
  const auto limit = call.Integer("limit", 1, 1000);
  if (auto wrong = Wrong(choice, limit)) return responder.Send(*std::move(wrong));
  EndedFilter filter = choice->AsOf(api.clock.Now());
  filter.newest_first = true;
  filter.limit = static_cast<int>(limit->value_or(100));
  filter.cursor = call.Text("cursor").value_or("");
  Ask(api, responder, [filter](StoreReader& store) -> Result<HttpReply> {
    auto page = store.ListEnded(filter);
    if (!page) return Fail(page.error());
    Json json = Json::object();
    json["entries"] = Json::array();
    for (const Job& job : page->jobs) json["entries"].push_back(DlqEntryJson(job));
    json["nextCursor"] = NullIfEmpty(page->next_cursor);
    return JsonReply(200, json);
  });
}

Result<HttpReply> Story(const Api& api, StoreReader& store, const std::string& id) {
  auto job = FindByPrefix(store, id);
  if (!job) return Fail(job.error());
  if (job->state != JobState::kDeadLettered)
    return Fail(Code::kNotFound, job->id + " is not in the dead-letter queue; it is " +
                                     std::string(NameOf(job->state)));
  auto attempts = store.AttemptsOf(job->id);
  if (!attempts) return Fail(attempts.error());
  std::vector<AttemptTails> last;
  const size_t first = attempts->size() - std::min(attempts->size(), kAttemptsShown);
  for (size_t i = first; i < attempts->size(); ++i) {
    const int number = (*attempts)[i].number;
    last.push_back({std::move((*attempts)[i]),
                    LogTail(api.files, job->id, number, LogStreamName::kStdout),
                    LogTail(api.files, job->id, number, LogStreamName::kStderr)});
  }
  return JsonReply(200, DlqStoryJson(*job, last, api.files.WereRemoved(job->id)));
}

void Show(const Api& api, const Call& call, const Responder& responder) {
  Ask(api, responder, [api = api.shared_from_this(), id = call.id()](StoreReader& store) {
    return Story(*api, store, id);
  });
}

void Retry(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(false);
  if (!body) return responder.Send(body.error());
  auto command = RetryFromJson(call.id(), *body);
  if (!command) return responder.Send(command.error());
  command->must_be_dead_lettered = true;
  SendCommand(api, call, *std::move(command), responder,
              [](const Reply& reply) { return NewJobReply(std::get<JobReply>(reply).job); });
}

// One of them each: what became of the entry `id`.
Json RetryResult(const JobId& id, const Result<Reply>& reply) {
  Json json = {{"id", id}};
  if (reply) {
    json["status"] = 201;
    json["job"] = JobJson(std::get<JobReply>(*reply).job);
  } else {
    json["status"] = InfoOf(reply.error().code).http_status;
    json["problem"] = ProblemJson(reply.error());
  }
  return json;
}

void RetryMany(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(false);
  if (!body) return responder.Send(body.error());
  auto asked = RetryDeadLettersFromJson(*body);
  if (!asked) return responder.Send(asked.error());
  EndedFilter filter = asked->which.AsOf(api.clock.Now());
  filter.limit = asked->limit;
  auto results = std::make_shared<Json>(Json::array());
  auto retried = std::make_shared<int64_t>(0);
  Bulk bulk;
  bulk.cursor = asked->cursor;
  bulk.find = [filter](StoreReader& store, const std::string& cursor) mutable {
    filter.cursor = cursor;
    return store.ListEnded(filter);
  };
  bulk.command = [each = asked->each](const Job& job) {
    RetryJob command = each;
    command.id = job.id;
    return Command(std::move(command));
  };
  bulk.take = [results, retried](const Job& job, const Result<Reply>& reply) {
    *retried += reply ? 1 : 0;
    results->push_back(RetryResult(job.id, reply));
  };
  bulk.render = [results, retried](const std::string& next_cursor) {
    return JsonReply(200, {{"results", *results},
                           {"retried", *retried},
                           {"failed", static_cast<int64_t>(results->size()) - *retried},
                           {"nextCursor", NullIfEmpty(next_cursor)}});
  };
  RunBulk(api, call, std::move(bulk), responder);
}

// Drops every entry that `filter` finds; the answer counts them under `key`.
void DropAll(const Api& api, const Call& call, const Responder& responder, EndedFilter filter,
             DropDeadLetter::Why why, const char* key) {
  filter.limit = kPage;
  auto dropped = std::make_shared<int64_t>(0);
  auto kept = std::make_shared<int64_t>(0);
  Bulk bulk;
  bulk.to_the_end = true;
  bulk.find = [filter](StoreReader& store, const std::string& cursor) mutable {
    filter.cursor = cursor;
    return store.ListEnded(filter);
  };
  bulk.command = [why](const Job& job) { return Command(DropDeadLetter{job.id, why}); };
  bulk.take = [dropped, kept](const Job&, const Result<Reply>& reply) {
    ++*(reply ? dropped : kept);
  };
  bulk.render = [dropped, kept, key](const std::string&) {
    return JsonReply(200, {{key, *dropped}, {"skipped", *kept}});
  };
  RunBulk(api, call, std::move(bulk), responder);
}

void Clean(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(false);
  if (!body) return responder.Send(body.error());
  if (auto nothing = NothingFromJson(*body); !nothing) return responder.Send(nothing.error());
  DeadLetterChoice old;
  old.older_than = api.config.Get()->dlq.retention;
  DropAll(api, call, responder, old.AsOf(api.clock.Now()), DropDeadLetter::Why::kCleaned,
          "cleaned");
}

void Clear(const Api& api, const Call& call, const Responder& responder) {
  auto choice = ReadChoice(call);
  if (!choice) return responder.Send(choice.error());
  DropAll(api, call, responder, choice->AsOf(api.clock.Now()), DropDeadLetter::Why::kCleared,
          "cleared");
}

const std::vector<QueryDoc> kChoiceDocs = {
    {"entrypoint", R"({"type":"string"})", "Of this entrypoint"},
    {"reason", R"({"type":"string"})", "Whose reason holds this text, in any case"},
    {"olderThanMs", R"({"type":"integer","minimum":0})", "In the queue for longer than this"},
    {"newerThanMs", R"({"type":"integer","minimum":0})", "In the queue for at most this long"}};

Operation ListOperation() {
  Operation operation{"listDlq", "dlq", "Dead-lettered jobs, the newest entry first", kChoiceDocs,
                      "",        false, {{200, "A page of entries", "DlqPage"}}};
  operation.query.push_back(
      {"limit", R"({"type":"integer","minimum":1,"maximum":1000})", "At most so many"});
  operation.query.push_back({"cursor", R"({"type":"string"})", "nextCursor of the page before"});
  return operation;
}

}  // namespace

std::vector<Route> DlqRoutes(const Api& api) {
  const auto with = HandlersOf(api);
  return {
      {"GET", "/api/v1/dlq", ListOperation(), with(List)},
      {"DELETE",
       "/api/v1/dlq",
       {"clearDlq",
        "dlq",
        "Take entries out of the queue; their jobs stay in the history as failed",
        kChoiceDocs,
        "",
        false,
        {{200, "How many", "DlqCleared"}}},
       with(Clear),
       false,
       0,
       kBulkTimeout},
      {"GET",
       "/api/v1/dlq/{id}",
       {"getDlqEntry",
        "dlq",
        "One dead-lettered job with its attempts and the ends of their logs",
        {},
        "",
        false,
        {{200, "The entry", "DlqStory"}}},
       with(Show)},
      {"POST",
       "/api/v1/dlq/{id}/retry",
       {"retryDlqEntry",
        "dlq",
        "Run a dead-lettered job again, as a new job",
        {},
        "Retry",
        false,
        {{201, "The new job", "Job"}}},
       with(Retry)},
      {"POST",
       "/api/v1/dlq/retry",
       {"retryDlq",
        "dlq",
        "Run dead-lettered jobs again, the oldest entry first; each has its own result",
        {},
        "DlqRetry",
        false,
        {{200, "What became of each", "DlqRetried"}}},
       with(RetryMany),
       false,
       0,
       kBulkTimeout},
      {"POST",
       "/api/v1/dlq/clean",
       {"cleanDlq",
        "dlq",
        "Take entries past dlq.retentionDays out of the queue",
        {},
        "Nothing",
        false,
        {{200, "How many", "DlqCleaned"}}},
       with(Clean),
       false,
       0,
       kBulkTimeout},
  };
}

}  // namespace jobgate
