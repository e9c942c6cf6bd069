// GET /api/v1/events: a live stream, or a page of JSON for those who accept that alone.
#include <algorithm>
#include <charconv>
#include <utility>

#include "src/api/event_json.h"
#include "src/http/api.h"
#include "src/http/event_stream.h"

namespace jobgate {
namespace {

constexpr int kLimit = 100;

bool WantsJson(const Call& call) {
  return call.head.Find("Accept").find("application/json") != std::string_view::npos;
}

Result<std::optional<int64_t>> ReadAfter(const Call& call) {
  const std::string_view header = call.head.Find("Last-Event-ID");
  if (header.empty()) return call.Integer("after", 0, INT64_MAX);
  int64_t seq = 0;
  const char* end = header.data() + header.size();
  const auto read = std::from_chars(header.data(), end, seq);
  if (read.ec != std::errc() || read.ptr != end || seq < 0)
    return Fail(Code::kInvalidArgument, "header Last-Event-ID must be an event's sequence number");
  return std::optional<int64_t>(seq);
}

struct EventsAsked {
  std::optional<int64_t> after;
  std::optional<std::string> job;  // prefix
  int limit = kLimit;
};

Result<std::optional<JobId>> ResolveAsked(StoreReader& store, const EventsAsked& asked) {
  if (!asked.job) return std::optional<JobId>();
  auto id = store.ResolveId(*asked.job);
  if (!id) return Fail(id.error());
  return std::optional<JobId>(*std::move(id));
}

// Without `after`: the newest `limit`, which for one job means looking from its first event on.
Result<std::vector<Event>> ReadPage(StoreReader& store, EventFilter filter, bool newest,
                                    int64_t last_seq) {
  if (!newest) return store.Events(filter);
  if (!filter.job_id) {
    filter.after_seq = std::max<int64_t>(last_seq - filter.limit, 0);
    return store.Events(filter);
  }
  std::vector<Event> tail;
  const auto limit = static_cast<size_t>(filter.limit);
  for (;;) {
    auto page = store.Events(filter);
    if (!page) return page;
    const bool last = page->size() < limit;
    if (!page->empty()) filter.after_seq = page->back().seq;
    std::move(page->begin(), page->end(), std::back_inserter(tail));
    if (tail.size() > limit) tail.erase(tail.begin(), tail.end() - filter.limit);
    if (last) return tail;
  }
}

Result<HttpReply> PageOf(StoreReader& store, const EventsAsked& asked) {
  auto job = ResolveAsked(store, asked);
  if (!job) return Fail(job.error());
  auto last = store.LastEventSeq();
  if (!last) return Fail(last.error());
  const EventFilter filter{asked.after.value_or(0), *job, asked.limit};
  auto events = ReadPage(store, filter, !asked.after, *last);
  if (!events) return Fail(events.error());
  const bool full = static_cast<int>(events->size()) >= asked.limit;
  const int64_t end = events->empty() ? 0 : events->back().seq;
  const int64_t next = full ? end : std::max({end, *last, asked.after.value_or(0)});
  return JsonReply(200, EventsJson(*events, next));
}

void StartStream(const Api& api, const EventsAsked& asked, StoreReader& store,
                 const Responder& responder) {
  auto job = ResolveAsked(store, asked);
  if (!job) return responder.Send(job.error());
  auto last = store.LastEventSeq();
  if (!last) return responder.Send(last.error());
  EventStream::Start start{asked.after.value_or(*last), *job};
  responder.Stream(std::make_unique<EventStream>(std::move(start), api.reader, api.committed,
                                                 api.options.stream_keep_alive));
}

void Events(const Api& api, const Call& call, const Responder& responder) {
  const auto after = ReadAfter(call);
  const auto limit = call.Integer("limit", 1, 1000);
  if (auto wrong = Wrong(after, limit)) return responder.Send(*std::move(wrong));
  EventsAsked asked{*after, call.Text("job"), static_cast<int>(limit->value_or(kLimit))};
  if (WantsJson(call))
    return Ask(api, responder, [asked](StoreReader& store) { return PageOf(store, asked); });
  const bool posted =
      api.reader.Post([api = api.shared_from_this(), asked, responder](StoreReader& store) {
        StartStream(*api, asked, store, responder);
      });
  if (!posted) responder.Send(Error{Code::kUnavailable, "too many requests wait; try again"});
}

}  // namespace

std::vector<Route> EventRoutes(const Api& api) {
  Operation operation{
      "getEvents",
      "events",
      "What happens, as a server-sent event stream (id: sequence, event: type, data: Event); as a "
      "page with Accept: application/json. Last-Event-ID or `after` resumes.",
      {{"after", R"({"type":"integer","minimum":0})", "Only events with a higher sequence"},
       {"job", R"({"type":"string"})", "Only of this job (id or unique prefix)"},
       {"limit", R"({"type":"integer","minimum":1,"maximum":1000})", "Of a page"}},
      "",
      false,
      {{200, "Events", "EventPage"}, {200, "Events as they happen", "", "text/event-stream"}}};
  return {{"GET", "/api/v1/events", std::move(operation),
           [&api](const Call& call, const Responder& to) { Events(api, call, to); }}};
}

}  // namespace jobgate
