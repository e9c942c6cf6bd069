// Jobs, attempts, events and the rest as JSON objects, the way the JSONL store keeps them.
// docs/store-format.md lists the fields.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "src/job/event.h"
#include "src/job/job.h"
#include "store/record/json_scanner.h"
#include "store/store.h"

namespace jobgate::record {

struct Setting {
  std::string key;
  std::string value;
};

// Each appends one JSON object without a line break.
void Append(std::string& out, const Job& job);
void Append(std::string& out, const Attempt& attempt);
void Append(std::string& out, const Event& event);
void Append(std::string& out, const IdempotencyRecord& key);
void Append(std::string& out, const OutboxMessage& message);
void Append(std::string& out, const Setting& setting);

// Reads one such object; the value must be new. False where it is none.
bool Read(JsonScanner& in, Job& job);
bool Read(JsonScanner& in, Attempt& attempt);
bool Read(JsonScanner& in, Event& event);
bool Read(JsonScanner& in, IdempotencyRecord& key);
bool Read(JsonScanner& in, OutboxMessage& message);
bool Read(JsonScanner& in, Setting& setting);

template <typename T>
std::optional<T> From(std::string_view text) {
  JsonScanner in(text);
  std::optional<T> value(std::in_place);
  if (!Read(in, *value) || !in.AtEnd()) value.reset();
  return value;
}

}  // namespace jobgate::record
