// One state of the store: the tables, and where each event stands in the files. Jobs and attempts
// are in memory, events are not: of each only its place is kept, 40 bytes instead of 200, and it is
// read from its file when somebody asks.
//
// A committed View never changes; copying one costs the same at any size. So the reader thread is
// given the newest by swapping one pointer, and neither thread ever waits for the other.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/jsonl/log_files.h"
#include "store/jsonl/ops.h"
#include "store/memory/ordered_set.h"
#include "store/memory/tables.h"
#include "store/store.h"

namespace jobgate::jsonl {

struct EventPlace {
  int64_t seq = 0;
  int64_t offset = 0;
  int64_t size = 0;
};
struct BySeq {
  int64_t operator()(const EventPlace& place) const { return place.seq; }
};

// The events of one file.
struct EventRun {
  std::shared_ptr<LogFile> file;
  memory::OrderedSet<EventPlace, BySeq> places;
  int64_t segment = 0;  // of the log; 0: the snapshot
};

// Jobs by a hash of their id, 16 bytes an event; another job with the same hash is told apart when
// the event is read.
struct JobEvent {
  uint64_t job = 0;
  int64_t seq = 0;
};
struct ByJobAndSeq {
  std::pair<uint64_t, int64_t> operator()(const JobEvent& event) const {
    return {event.job, event.seq};
  }
};

struct BySelf {
  int64_t operator()(const int64_t& seq) const { return seq; }
};

struct View {
  memory::Tables tables;
  std::vector<EventRun> runs;  // oldest first; the last one is the log that is written
  memory::OrderedSet<JobEvent, ByJobAndSeq> events_of_jobs;
  // Events whose payloads are given as their digests; a fold writes them so.
  memory::OrderedSet<int64_t, BySelf> forgotten;
  int64_t log_bytes = 0;  // in the last run's file, up to the end of the last turn
  int64_t last_event = 0;
  std::string chain_head;  // the hash of that event, "" where it has none
  int64_t last_turn = 0;
  Time last_at;  // of that turn

  // The event stands in the last run's file.
  void AddEvent(const EventHead& head, int64_t offset, int64_t size);
  // All of them, in order. Errors: of reading them; kUnavailable where `stop` asked for its end.
  Result<void> EveryEvent(const std::function<Result<void>(const Event&)>& take,
                          const std::stop_token& stop) const;
  Result<std::vector<Event>> Events(const EventFilter& filter) const;
  Result<Event> ReadEvent(const EventRun& run, const EventPlace& place) const;
  // `event` as it is to be shown.
  void Forget(Event& event) const;

 private:
  Result<std::vector<Event>> EventsOfJob(const EventFilter& filter) const;
};

// The newest committed view, for any thread.
class PublishedView {
 public:
  std::shared_ptr<const View> Get() const {
    const std::lock_guard lock(mutex_);  // for as long as a pointer is copied
    return view_;
  }
  void Set(std::shared_ptr<const View> view) {
    {
      const std::lock_guard lock(mutex_);
      view_.swap(view);
    }  // what nobody needs any more is freed without the lock
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const View> view_;
};

}  // namespace jobgate::jsonl
