#include "store/jsonl/ops.h"

#include <utility>

#include "store/record/json_scanner.h"
#include "store/record/json_text.h"

namespace jobgate::jsonl {
namespace {

using record::JsonScanner;

// Reads a record and keeps the text that it was read from.
template <typename T>
struct Packed {
  T value;
  size_t offset = 0;
  std::string text;

  bool Read(JsonScanner& in, std::string_view ops) {
    offset = static_cast<size_t>(in.offset());
    if (!record::Read(in, value)) return false;
    text = ops.substr(offset, static_cast<size_t>(in.offset()) - offset);
    return true;
  }
};

template <typename T, typename Record>
bool Put(JsonScanner& in, std::string_view ops, memory::Tables& tables) {
  Packed<T> packed;
  if (!packed.Read(in, ops)) return false;
  tables.Put(memory::Ref<const Record>(new Record(packed.value, std::move(packed.text))));
  return true;
}

// What else stands in an event is read when somebody asks for it.
bool TakeEvent(JsonScanner& in, const EventSinks& events) {
  const auto offset = static_cast<size_t>(in.offset());
  in.Expect("{\"seq\":");
  EventHead head;
  head.seq = in.Number();
  while (in.Take(',')) {
    const std::string_view key = in.Key();
    if (key == "jobId")
      in.String(head.job_id);
    else if (key == "chain")
      in.String(head.chain);
    else
      in.Value();
  }
  in.Expect('}');
  if (in.failed()) return false;
  events.append(head, offset, static_cast<size_t>(in.offset()) - offset);
  return true;
}

bool ApplyOp(JsonScanner& in, std::string_view ops, memory::Tables& tables,
             const EventSinks& events) {
  const std::string_view kind = in.Key();
  if (kind == "job") return Put<Job, memory::JobRecord>(in, ops, tables);
  if (kind == "attempt") return Put<Attempt, memory::AttemptRecord>(in, ops, tables);
  if (kind == "event") return TakeEvent(in, events);
  if (kind == "key") {
    IdempotencyRecord key;
    if (!record::Read(in, key)) return false;
    tables.Put(key);
    return true;
  }
  if (kind == "dropKey") {
    std::string key;
    in.String(key);
    tables.DropKey(key);
    return true;
  }
  if (kind == "outbox") {
    OutboxMessage message;
    if (!record::Read(in, message)) return false;
    tables.Put(std::move(message));
    return true;
  }
  if (kind == "dropOutbox") {
    std::string id;
    in.String(id);
    tables.DropMessage(id);
    return true;
  }
  if (kind == "dropJob") {
    std::string id;
    in.String(id);
    tables.DropJob(id);
    return true;
  }
  if (kind == "forget") {
    events.forget(in.Number());
    return true;
  }
  if (kind == "setting") {
    record::Setting setting;
    if (!record::Read(in, setting)) return false;
    tables.Put(std::move(setting));
    return true;
  }
  return false;
}

}  // namespace

size_t Ops::Add(std::string_view kind, std::string_view value) {
  if (!text_.empty()) text_ += ',';
  text_.append("{\"").append(kind).append("\":");
  const size_t at = text_.size();
  text_.append(value).append(1, '}');
  return at;
}

void Ops::PutKey(const IdempotencyRecord& key) {
  std::string packed;
  record::Append(packed, key);
  Add("key", packed);
}

void Ops::DropKey(std::string_view key) {
  std::string packed;
  record::AppendString(packed, key);
  Add("dropKey", packed);
}

void Ops::PutMessage(const OutboxMessage& message) {
  std::string packed;
  record::Append(packed, message);
  Add("outbox", packed);
}

void Ops::DropMessage(std::string_view id) {
  std::string packed;
  record::AppendString(packed, id);
  Add("dropOutbox", packed);
}

void Ops::DropJob(const JobId& id) {
  std::string packed;
  record::AppendString(packed, id);
  Add("dropJob", packed);
}

void Ops::Forget(int64_t event_seq) {
  Add("forget", std::to_string(event_seq));
}

void Ops::PutSetting(const record::Setting& setting) {
  std::string packed;
  record::Append(packed, setting);
  Add("setting", packed);
}

bool ApplyOps(std::string_view ops, memory::Tables& tables, const EventSinks& events) {
  JsonScanner in(ops);
  do {
    in.Expect('{');
    if (in.failed() || !ApplyOp(in, ops, tables, events)) return false;
    in.Expect('}');
  } while (in.Take(','));
  return !in.failed() && in.AtEnd();
}

}  // namespace jobgate::jsonl
