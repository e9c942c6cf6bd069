#include "store/jsonl/send_records.h"

namespace jobgate::jsonl {
namespace {

class Sending {
 public:
  Sending(const View& view, RecordSink& to, const std::stop_token& stop)
      : view_(view), to_(to), stop_(stop) {}

  Result<void> Run() {
    const memory::Tables& tables = view_.tables;
    JOBGATE_TRY(to_.Begin(CountRecords(view_)));
    for (auto at = tables.settings.First(); at; at.Next()) JOBGATE_TRY(Send((*at)->setting));
    for (auto at = tables.jobs.First(); at; at.Next()) JOBGATE_TRY(Send((*at)->Unpack()));
    for (auto at = tables.attempts.First(); at; at.Next()) JOBGATE_TRY(Send((*at)->Unpack()));
    for (auto at = tables.keys.First(); at; at.Next()) JOBGATE_TRY(Send((*at)->key));
    JOBGATE_TRY(SendOutbox());
    return view_.EveryEvent([&](const Event& event) { return to_.Put(event); }, stop_);
  }

 private:
  template <typename T>
  Result<void> Send(const T& record) {
    if (stop_.stop_requested()) return Fail(Code::kUnavailable, "the daemon is stopping");
    return to_.Put(record);
  }

  // Both parts of it, merged by their ids.
  Result<void> SendOutbox() {
    auto pending = view_.tables.messages.First();
    auto parked = view_.tables.messages_parked.First();
    while (pending || parked) {
      auto& next =
          !parked || (pending && (*pending)->message.id < (*parked)->message.id) ? pending : parked;
      JOBGATE_TRY(Send((*next)->message));
      next.Next();
    }
    return {};
  }

  const View& view_;
  RecordSink& to_;
  const std::stop_token& stop_;
};

}  // namespace

Result<void> SendRecords(const View& view, RecordSink& to, const std::stop_token& stop) {
  return Sending(view, to, stop).Run();
}

RecordCounts CountRecords(const View& view) {
  const memory::Tables& tables = view.tables;
  RecordCounts counts;
  counts.settings = tables.settings.size();
  counts.jobs = tables.jobs.size();
  counts.attempts = tables.attempts.size();
  counts.keys = tables.keys.size();
  counts.outbox = tables.messages.size() + tables.messages_parked.size();
  for (const EventRun& run : view.runs) {
    if (counts.events == 0 && !run.places.empty()) counts.first_event = run.places.First()->seq;
    counts.events += run.places.size();
  }
  counts.last_event = view.last_event;
  return counts;
}

}  // namespace jobgate::jsonl
