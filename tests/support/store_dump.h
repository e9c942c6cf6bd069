// Everything that a store says about its jobs, attempts, events, keys and settings, as text to be
// compared.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "store/record/records.h"
#include "store/store.h"
#include "tests/support/check_ok.h"

namespace jobgate {

// `keys` and `settings` are the names to ask for: a store does not list them.
inline std::string DumpOf(Store& store, const std::vector<std::string>& keys,
                          const std::vector<std::string>& settings) {
  std::string text;
  JobFilter filter;
  filter.order = ListOrder::kOldest;
  filter.limit = 1000;
  do {
    const Result<JobPage> page = store.ListJobs(filter);
    REQUIRE_OK(page);
    for (const Job& job : page->jobs) {
      record::Append(text, job);
      const auto attempts = store.AttemptsOf(job.id);
      REQUIRE_OK(attempts);
      for (const Attempt& attempt : *attempts) record::Append(text += "\n  ", attempt);
      text += '\n';
    }
    filter.cursor = page->next_cursor;
  } while (!filter.cursor.empty());
  EventFilter after{0, std::nullopt, 1000};
  for (;;) {
    const auto events = store.Events(after);
    REQUIRE_OK(events);
    if (events->empty()) break;
    for (const Event& event : *events) record::Append(text, event), text += '\n';
    after.after_seq = events->back().seq;
  }
  for (const bool parked : {false, true}) {
    const auto messages = store.Outbox(parked, "", 1000);
    REQUIRE_OK(messages);
    for (const OutboxMessage& message : *messages) record::Append(text, message), text += '\n';
  }
  for (const std::string& key : keys) {
    const auto record = store.FindIdempotencyKey(key);
    REQUIRE_OK(record);
    if (*record) record::Append(text += "key ", **record), text += '\n';
  }
  for (const std::string& name : settings) {
    const auto value = store.GetSetting(name);
    REQUIRE_OK(value);
    text += name + " = " + value->value_or("(none)") + '\n';
  }
  return text;
}

}  // namespace jobgate
