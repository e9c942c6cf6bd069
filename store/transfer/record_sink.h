// Everything that a store holds, record by record, on its way to somewhere else.
#pragma once
#include <cstdint>

#include "src/base/error.h"
#include "src/job/event.h"
#include "src/job/job.h"
#include "store/record/records.h"
#include "store/store.h"

namespace jobgate {

// How many records there are of each kind. Events have numbers without gaps, so that the first and
// the last one say which they are; both are 0 where there is none.
struct RecordCounts {
  int64_t settings = 0;
  int64_t jobs = 0;
  int64_t attempts = 0;
  int64_t keys = 0;
  int64_t outbox = 0;
  int64_t events = 0;
  int64_t first_event = 0;
  int64_t last_event = 0;
  bool operator==(const RecordCounts&) const = default;
  bool IsEmpty() const { return *this == RecordCounts(); }
};

// Takes the records of one moment: Begin, then settings by key, jobs by id, attempts by job and
// number, idempotency keys by key, messages of the outbox by id, events by number. The first error
// ends it.
class RecordSink {
 public:
  virtual ~RecordSink() = default;

  virtual Result<void> Begin(const RecordCounts& counts) = 0;
  virtual Result<void> Put(const record::Setting& setting) = 0;
  virtual Result<void> Put(const Job& job) = 0;
  virtual Result<void> Put(const Attempt& attempt) = 0;
  virtual Result<void> Put(const IdempotencyRecord& key) = 0;
  virtual Result<void> Put(const OutboxMessage& message) = 0;
  virtual Result<void> Put(const Event& event) = 0;
};

}  // namespace jobgate
