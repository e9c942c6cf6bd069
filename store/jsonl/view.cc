#include "store/jsonl/view.h"

#include <functional>
#include <string>
#include <string_view>

#include "store/forgotten_payload.h"
#include "store/record/records.h"

namespace jobgate::jsonl {
namespace {

uint64_t HashOf(std::string_view job_id) {
  return std::hash<std::string_view>()(job_id);
}

}  // namespace

void View::AddEvent(const EventHead& head, int64_t offset, int64_t size) {
  runs.back().places.Put({head.seq, offset, size});
  if (!head.job_id.empty()) events_of_jobs.Put({HashOf(head.job_id), head.seq});
  last_event = head.seq;
  chain_head = head.chain;
}

Result<void> View::EveryEvent(const std::function<Result<void>(const Event&)>& take,
                              const std::stop_token& stop) const {
  for (const EventRun& run : runs)
    for (auto at = run.places.First(); at; at.Next()) {
      if (stop.stop_requested()) return Fail(Code::kUnavailable, "the daemon is stopping");
      const Result<Event> event = ReadEvent(run, *at);
      if (!event) return Fail(event.error());
      JOBGATE_TRY(take(*event));
    }
  return {};
}

void View::Forget(Event& event) const {
  if (!forgotten.Find(event.seq) || IsForgotten(event.payload)) return;
  event.payload = ForgottenPayload(event.payload);
}

Result<Event> View::ReadEvent(const EventRun& run, const EventPlace& place) const {
  std::string text;
  JOBGATE_TRY(run.file->Read(place.offset, static_cast<size_t>(place.size), text));
  std::optional<Event> event = record::From<Event>(text);
  if (event && event->seq == place.seq) {
    Forget(*event);
    return *std::move(event);
  }
  return Fail(Code::kStoreFault, "event " + std::to_string(place.seq) +
                                     " is no longer what was stored: stop jobgate and run "
                                     "`jobgate store verify`");
}

Result<std::vector<Event>> View::EventsOfJob(const EventFilter& filter) const {
  std::vector<Event> events;
  const uint64_t job = HashOf(*filter.job_id);
  for (auto at = events_of_jobs.From({job, filter.after_seq + 1}); at && at->job == job;
       at.Next()) {
    if (std::ssize(events) >= filter.limit) break;
    for (const EventRun& run : runs) {
      const EventPlace* place = run.places.Find(at->seq);
      if (!place) continue;
      Result<Event> event = ReadEvent(run, *place);
      if (!event) return Fail(std::move(event).error());
      if (event->job_id == filter.job_id) events.push_back(*std::move(event));
    }
  }
  return events;
}

Result<std::vector<Event>> View::Events(const EventFilter& filter) const {
  if (filter.job_id) return EventsOfJob(filter);
  std::vector<Event> events;
  for (const EventRun& run : runs)
    for (auto at = run.places.From(filter.after_seq + 1); at; at.Next()) {
      if (std::ssize(events) >= filter.limit) return events;
      Result<Event> event = ReadEvent(run, *at);
      if (!event) return Fail(std::move(event).error());
      events.push_back(*std::move(event));
    }
  return events;
}

}  // namespace jobgate::jsonl
