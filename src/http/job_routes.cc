// Submitting, listing and reading jobs.
#include <algorithm>
#include <string>
#include <utility>

#include "src/api/attempt_json.h"
#include "src/api/event_json.h"
#include "src/api/explain_json.h"
#include "src/api/job_json.h"
#include "src/api/json_values.h"
#include "src/api/problem.h"
#include "src/api/request_json.h"
#include "src/api/stop_json.h"
#include "src/engine/checked_params.h"
#include "src/http/api.h"
#include "src/http/job_reply.h"
#include "src/turn/declarations.h"

namespace jobgate {
namespace {

constexpr int kLimitMax = 1000;
constexpr size_t kBatchBytesMax = 8 * 1024 * 1024;
constexpr int kLimit = 100;
constexpr int kEventsLimit = 500;

HttpReply SubmittedReply(const Reply& reply) {
  if (const auto* preview = std::get_if<PreviewReply>(&reply))
    return JsonReply(200, preview->preview);
  const JobReply& job = std::get<JobReply>(reply);
  return job.created ? NewJobReply(job.job) : OneJobReply(job.job);
}

void Submit(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(true);
  if (!body) return responder.Send(body.error());
  auto submit = SubmitFromJson(*body);
  if (!submit) return responder.Send(submit.error());
  CheckAhead(api.config.Get(), *submit);
  SendCommand(api, call, *std::move(submit), responder, SubmittedReply);
}

Json ResultJson(const Result<SubmitReply>& result) {
  Json json = Json::object();
  if (!result) {
    json["status"] = InfoOf(result.error().code).http_status;
    json["problem"] = ProblemJson(result.error());
    return json;
  }
  const auto* job = std::get_if<JobReply>(&*result);
  json["status"] = job && job->created ? 201 : 200;
  if (job)
    json["job"] = JobJson(job->job);
  else
    json["preview"] = std::get<PreviewReply>(*result).preview;
  return json;
}

HttpReply ResultsReply(const Reply& reply) {
  Json json = Json::object();
  json["results"] = Json::array();
  for (const auto& result : std::get<BatchReply>(reply).results)
    json["results"].push_back(ResultJson(result));
  return JsonReply(200, json);
}

void SubmitMany(const Api& api, const Call& call, const Responder& responder) {
  auto body = call.Body(true);
  if (!body) return responder.Send(body.error());
  auto batch = BatchFromJson(*body);
  if (!batch) return responder.Send(batch.error());
  const auto config = api.config.Get();
  for (Result<SubmitJob>& item : batch->items)
    if (item) CheckAhead(config, *item);
  SendCommand(api, call, *std::move(batch), responder, ResultsReply);
}

Result<std::vector<JobState>> ReadStates(const Call& call) {
  std::vector<JobState> states;
  std::string text = call.Text("state").value_or("");
  if (call.Text("state") && text.empty())
    return BadQuery("state", "must not be empty: it would select every job");
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::optional<JobState> state = JobStateFromName(text.substr(0, comma));
    if (!state)
      return BadQuery("state",
                      "must be one or more of queued, waiting_approval, running, "
                      "interrupted, dead_lettered, succeeded, failed, canceled");
    states.push_back(*state);
    text.erase(0, comma + 1);
  }
  return states;
}

Result<ListOrder> ReadOrder(const Call& call) {
  const std::string order = call.Text("order").value_or("newest");
  if (order == "newest") return ListOrder::kNewest;
  if (order == "oldest") return ListOrder::kOldest;
  if (order == "priority") return ListOrder::kPriority;
  if (order == "-priority") return ListOrder::kPriorityReverse;
  return BadQuery("order", "must be one of newest, oldest, priority, -priority");
}

Result<std::optional<Priority>> ReadPriority(const Call& call) {
  const std::optional<std::string> name = call.Text("priority");
  if (!name) return std::optional<Priority>();
  const std::optional<Priority> priority = PriorityFromName(*name);
  if (!priority)
    return BadQuery("priority", "must be one of critical, high, normal, low, background");
  return priority;
}

Result<JobFilter> ReadFilter(const Call& call) {
  JobFilter filter;
  auto states = ReadStates(call);
  const auto order = ReadOrder(call);
  const auto priority = ReadPriority(call);
  const auto limit = call.Integer("limit", 1, kLimitMax);
  if (auto wrong = Wrong(states, order, priority, limit)) return Fail(*std::move(wrong));
  filter.states = *std::move(states);
  filter.order = *order;
  filter.priority = *priority;
  filter.entrypoint = call.Text("entrypoint");
  filter.correlation_id = call.Text("correlationId");
  filter.limit = static_cast<int>(limit->value_or(kLimit));
  filter.cursor = call.Text("cursor").value_or("");
  return filter;
}

// The first thing that holds `job` up, or null.
Json WaitOf(const Job& job, const EngineSnapshot& snapshot) {
  ExplainInput input;
  input.job = &job;
  input.snapshot = &snapshot;
  const auto declaration = CurrentDeclarationOf(job, *snapshot.config);
  if (declaration) input.declaration = &**declaration;
  return WaitJson(input);
}

// When the attempt that runs now was started, or null.
Result<Json> RunningSince(StoreReader& store, const Job& job) {
  if (job.state != JobState::kRunning) return Json();
  auto attempts = store.AttemptsOf(job.id);
  if (!attempts) return Fail(attempts.error());
  return attempts->empty() ? Json() : Json(FormatTime(attempts->back().started_at));
}

// Without a snapshot, without what each does or waits for at the moment.
Result<HttpReply> PageReply(StoreReader& store, const JobFilter& filter,
                            const EngineSnapshot* snapshot) {
  auto page = store.ListJobs(filter);
  if (!page) return Fail(page.error());
  Json json = Json::object();
  json["jobs"] = Json::array();
  for (const Job& job : page->jobs) {
    Json& item = json["jobs"].emplace_back(JobJson(job));
    if (!snapshot) continue;
    auto since = RunningSince(store, job);
    if (!since) return Fail(since.error());
    item["runningSince"] = *std::move(since);
    item["stop"] = StopJson(job);
    item["waitsFor"] = WaitOf(job, *snapshot);
  }
  json["nextCursor"] = NullIfEmpty(page->next_cursor);
  return JsonReply(200, json);
}

void List(const Api& api, const Call& call, const Responder& responder) {
  auto filter = ReadFilter(call);
  const auto waits = call.Flag("waits");
  if (auto wrong = Wrong(filter, waits)) return responder.Send(*std::move(wrong));
  if (!*waits)
    return Ask(api, responder, [filter = *std::move(filter)](StoreReader& store) {
      return PageReply(store, filter, nullptr);
    });
  CommandThen(api, call, TakeSnapshot{}, responder,
              [api = api.shared_from_this(), filter = *std::move(filter)](Reply reply,
                                                                          const Responder& to) {
                auto snapshot = std::get<EngineSnapshot>(std::move(reply));
                Ask(*api, to, [filter, snapshot = std::move(snapshot)](StoreReader& store) {
                  return PageReply(store, filter, &snapshot);
                });
              });
}

void Show(const Api& api, const Call& call, const Responder& responder) {
  Ask(api, responder, [id = call.id()](StoreReader& store) -> Result<HttpReply> {
    auto job = FindByPrefix(store, id);
    if (!job) return Fail(job.error());
    return OneJobReply(*job);
  });
}

void Attempts(const Api& api, const Call& call, const Responder& responder) {
  Ask(api, responder, [id = call.id()](StoreReader& store) -> Result<HttpReply> {
    auto full_id = store.ResolveId(id);
    if (!full_id) return Fail(full_id.error());
    auto attempts = store.AttemptsOf(*full_id);
    if (!attempts) return Fail(attempts.error());
    return JsonReply(200, AttemptsJson(*attempts));
  });
}

void JobEvents(const Api& api, const Call& call, const Responder& responder) {
  const auto after = call.Integer("after", 0, INT64_MAX);
  const auto limit = call.Integer("limit", 1, kLimitMax);
  if (auto wrong = Wrong(after, limit)) return responder.Send(*std::move(wrong));
  EventFilter filter;
  filter.after_seq = after->value_or(0);
  filter.limit = static_cast<int>(limit->value_or(kEventsLimit));
  Ask(api, responder, [id = call.id(), filter](StoreReader& store) mutable -> Result<HttpReply> {
    auto full_id = store.ResolveId(id);
    if (!full_id) return Fail(full_id.error());
    filter.job_id = *full_id;
    auto events = store.Events(filter);
    if (!events) return Fail(events.error());
    const int64_t last = events->empty() ? filter.after_seq : events->back().seq;
    return JsonReply(200, EventsJson(*events, last));
  });
}

Result<HttpReply> ExplainFrom(StoreReader& store, const std::string& id,
                              const EngineSnapshot& snapshot) {
  auto job = FindByPrefix(store, id);
  if (!job) return Fail(job.error());
  auto attempts = store.AttemptsOf(job->id);
  if (!attempts) return Fail(attempts.error());
  ExplainInput input;
  input.job = &*job;
  input.snapshot = &snapshot;
  input.last_attempt = attempts->empty() ? nullptr : &attempts->back();
  const auto declaration = DeclarationOf(*job, *snapshot.config);
  if (declaration) {
    input.declaration = &**declaration;
    input.gate = GateOf(*job, **declaration, *snapshot.config);
  }
  return JsonReply(200, ExplainJson(input));
}

void Explain(const Api& api, const Call& call, const Responder& responder) {
  CommandThen(api, call, TakeSnapshot{}, responder,
              [api = api.shared_from_this(), id = call.id()](Reply reply, const Responder& to) {
                auto snapshot = std::get<EngineSnapshot>(std::move(reply));
                Ask(*api, to, [id, snapshot = std::move(snapshot)](StoreReader& store) {
                  return ExplainFrom(store, id, snapshot);
                });
              });
}

constexpr QueryDoc kLimitDoc = {"limit", R"({"type":"integer","minimum":1,"maximum":1000})",
                                "At most so many"};
constexpr QueryDoc kCursorDoc = {"cursor", R"({"type":"string"})", "nextCursor of the page before"};

Operation SubmitOperation() {
  return {"submitJob",
          "jobs",
          "Submit a job",
          {},
          "Submission",
          true,
          {{201, "The new job", "Job"},
           {200, "The active duplicate, or what a dry run shows", "JobOrPreview"}}};
}

Operation ListOperation() {
  return {
      "listJobs",
      "jobs",
      "List jobs",
      {{"state", R"({"type":"string"})", "One state, or several with commas between"},
       {"entrypoint", R"({"type":"string"})", "Of this entrypoint"},
       {"priority", R"({"$ref":"#/components/schemas/Priority"})", "Of this priority"},
       {"correlationId", R"({"type":"string"})", "With this correlation id"},
       {"order",
        R"({"type":"string","enum":["newest","oldest","priority","-priority"],"default":"newest"})",
        "priority: most urgent first, then oldest; -priority: least urgent first"},
       {"waits", R"({"type":"boolean","default":false})",
        "Also say what each queued job waits for (waitsFor), since when each running one runs "
        "(runningSince), and what is to end it (stop)"},
       kLimitDoc,
       kCursorDoc},
      "",
      false,
      {{200, "A page of jobs", "JobPage"}}};
}

Operation EventsOperation() {
  return {"listJobEvents",
          "jobs",
          "What happened to a job, in order",
          {{"after", R"({"type":"integer","minimum":0})", "Only events with a higher sequence"},
           kLimitDoc},
          "",
          false,
          {{200, "Events", "EventPage"}}};
}

}  // namespace

std::vector<Route> JobRoutes(const Api& api) {
  const auto with = HandlersOf(api);
  return {
      {"POST", "/api/v1/jobs", SubmitOperation(), with(Submit)},
      {"POST",
       "/api/v1/jobs/batch",
       {"submitJobs",
        "jobs",
        "Submit many jobs: admitted one by one, in order, in one commit",
        {},
        "Batch",
        true,
        {{200, "What became of each, in the same order", "BatchResults"}}},
       with(SubmitMany),
       false,
       kBatchBytesMax},
      {"GET", "/api/v1/jobs", ListOperation(), with(List)},
      {"GET",
       "/api/v1/jobs/{id}",
       {"getJob", "jobs", "One job", {}, "", false, {{200, "The job", "Job"}}},
       with(Show)},
      {"GET",
       "/api/v1/jobs/{id}/attempts",
       {"listJobAttempts",
        "jobs",
        "The executions of a job's steps",
        {},
        "",
        false,
        {{200, "Attempts in order", "AttemptList"}}},
       with(Attempts)},
      {"GET", "/api/v1/jobs/{id}/events", EventsOperation(), with(JobEvents)},
      {"GET",
       "/api/v1/jobs/{id}/explain",
       {"explainJob",
        "jobs",
        "What holds a job up, who can clear it, until when",
        {},
        "",
        false,
        {{200, "Its conditions", "Explanation"}}},
       with(Explain)},
  };
}

}  // namespace jobgate
