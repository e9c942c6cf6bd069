#include "src/http/event_stream.h"

#include <algorithm>
#include <utility>

#include "src/api/event_json.h"

namespace jobgate {
namespace {

constexpr int kEventsAPage = 100;
constexpr Duration kRetryPause = std::chrono::milliseconds(500);

}  // namespace

EventStream::EventStream(Start start, ReaderThread& reader, const std::atomic<int64_t>& committed,
                         Duration keep_alive)
    : reader_(reader),
      committed_(committed),
      keep_alive_(keep_alive),
      job_id_(std::move(start.job_id)),
      position_(start.after_seq),
      self_(std::make_shared<EventStream*>(this)) {}

EventStream::~EventStream() {
  *self_ = nullptr;
}

StreamHead EventStream::Head() const {
  return {.content_type = "text/event-stream"};
}

void EventStream::Pump(StreamPort& port) {
  const Duration now = port.Monotonic();
  if (!greeted_) {
    // An id without data tells the client where to resume, though nothing happened yet.
    port.Write("retry: 1000\nid: " + std::to_string(position_) + "\n\n");
    greeted_ = true;
    told_at_ = now;
  }
  if (!ready_.empty()) {
    port.Write(ready_);
    ready_.clear();
    told_at_ = now;
  }
  if (now >= *told_at_ + keep_alive_) {
    port.Write(": still here\n\n");
    told_at_ = now;
  }
  port.WakeAt(*told_at_ + keep_alive_);
  const bool behind = more_ || committed_.load(std::memory_order_acquire) > position_;
  if (!behind || asking_ || port.Room() == 0) return;
  if (retry_at_ && now < *retry_at_) return port.WakeAt(*retry_at_);
  retry_at_ = now + kRetryPause;  // stands unless the answer is good
  Ask(port);
}

void EventStream::Ask(StreamPort& port) {
  EventFilter filter{position_, job_id_, kEventsAPage};
  auto answer = [handle = port.Handle(), self = self_](Page page) {
    handle->Post([self, page = std::move(page)] {
      if (*self) (*self)->Receive(page);
    });
  };
  asking_ = reader_.Post([filter, answer](StoreReader& store) {
    Page page;
    // Read first: what is committed in between is found by the next page.
    const Result<int64_t> last = store.LastEventSeq();
    const auto events = last ? store.Events(filter) : Fail(last.error());
    if (events) {
      page.ok = true;
      page.full = static_cast<int>(events->size()) >= filter.limit;
      for (const Event& event : *events) page.text += EventStreamText(event);
      page.last_seq = events->empty() ? filter.after_seq : events->back().seq;
      if (!page.full) page.last_seq = std::max(page.last_seq, *last);
    }
    answer(std::move(page));
  });
  if (!asking_) port.WakeAt(*retry_at_);
}

void EventStream::Receive(const Page& page) {
  asking_ = false;
  if (!page.ok) return;
  retry_at_.reset();
  more_ = page.full;
  position_ = std::max(position_, page.last_seq);
  ready_ += page.text;
}

}  // namespace jobgate
