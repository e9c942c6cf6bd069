// GET /api/v1/events as server-sent events (HTML Standard, 9.2). Holds its position in the event
// sequence and pulls from the reader: nothing is kept for a client that does not read.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "src/http/stream.h"
#include "store/reader_thread.h"

namespace jobgate {

class EventStream final : public StreamSource {
 public:
  struct Start {
    int64_t after_seq = 0;        // the first event told has a higher sequence
    std::optional<JobId> job_id;  // only of this job
  };
  // `reader` and `committed`, the last committed sequence, must outlive it.
  EventStream(Start start, ReaderThread& reader, const std::atomic<int64_t>& committed,
              Duration keep_alive);
  ~EventStream() override;

  StreamHead Head() const override;
  void Pump(StreamPort& port) override;

 private:
  // Filled by the reader thread, then handed to the front thread.
  struct Page {
    bool ok = false;
    std::string text;
    int64_t last_seq = 0;
    bool full = false;
  };
  void Ask(StreamPort& port);
  void Receive(const Page& page);

  ReaderThread& reader_;
  const std::atomic<int64_t>& committed_;
  const Duration keep_alive_;
  const std::optional<JobId> job_id_;
  int64_t position_;
  bool greeted_ = false;
  bool asking_ = false;
  bool more_ = true;  // events may be there that were not asked for yet
  std::optional<Duration> retry_at_;
  std::optional<Duration> told_at_;  // last byte
  std::string ready_;                // rendered, not written yet
  // Lets an answer find out that its stream is gone.
  std::shared_ptr<EventStream*> self_;
};

}  // namespace jobgate
