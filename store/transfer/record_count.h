// Counts the records that pass, as RecordCounts tells them.
#pragma once
#include "store/transfer/record_sink.h"

namespace jobgate {

class RecordCount {
 public:
  void Add(const record::Setting&) { ++counts_.settings; }
  void Add(const Job&) { ++counts_.jobs; }
  void Add(const Attempt&) { ++counts_.attempts; }
  void Add(const IdempotencyRecord&) { ++counts_.keys; }
  void Add(const OutboxMessage&) { ++counts_.outbox; }
  void Add(const Event& event) {
    if (counts_.events++ == 0) counts_.first_event = event.seq;
    counts_.last_event = event.seq;
  }
  const RecordCounts& counts() const { return counts_; }

 private:
  RecordCounts counts_;
};

}  // namespace jobgate
