// What a turn did, as the ops of its line: whole records, so that the newest one counts and an op
// may be read twice. A new kind of op needs a writer here, its case in ApplyOps, and a method of
// Tables.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/memory/tables.h"
#include "store/record/records.h"

namespace jobgate::jsonl {

// Ops of one line, separated by commas.
class Ops {
 public:
  bool empty() const { return text_.empty(); }
  size_t size() const { return text_.size(); }
  const std::string& text() const { return text_; }
  void CutTo(size_t size) { text_.resize(size); }

  // `packed` is what store/record wrote.
  void PutJob(std::string_view packed) { Add("job", packed); }
  void PutAttempt(std::string_view packed) { Add("attempt", packed); }
  // Returns where in text() the event's own object begins.
  size_t AppendEvent(std::string_view packed) { return Add("event", packed); }
  void PutKey(const IdempotencyRecord& key);
  void DropKey(std::string_view key);
  void PutMessage(const OutboxMessage& message);
  void DropMessage(std::string_view id);
  void DropJob(const JobId& id);
  // The event's payload gives way to its digest.
  void Forget(int64_t event_seq);
  void PutSetting(const record::Setting& setting);

 private:
  size_t Add(std::string_view kind, std::string_view value);

  std::string text_;
};

// What is kept in memory of an event that is read.
struct EventHead {
  int64_t seq = 0;
  std::string job_id;  // "" where it has none
  std::string chain;   // its hash, "" where it has none
};

// What ops say of events.
struct EventSinks {
  // Of each new one, and where its object stands.
  std::function<void(const EventHead& head, size_t offset, size_t size)> append;
  std::function<void(int64_t seq)> forget;
};

// Does to `tables` what `ops` say. False where they are not what Ops writes.
bool ApplyOps(std::string_view ops, memory::Tables& tables, const EventSinks& events);

}  // namespace jobgate::jsonl
