// What the tables hold: each record with the fields that it is found and ordered by, and the rest
// packed as the text of store/record, which is a third of the size of the value itself. Never
// changes once it is in a table; a changed job is a new record.
#pragma once
#include <optional>
#include <string>

#include "src/job/job.h"
#include "store/memory/ref.h"
#include "store/record/records.h"
#include "store/store.h"

namespace jobgate::memory {

struct JobRecord : Counted {
  // `packed` is `job` as store/record writes it.
  JobRecord(const Job& job, std::string packed);
  Job Unpack() const;

  const JobId id;
  const std::string entrypoint;
  const std::optional<std::string> correlation_id;
  const std::string dedupe_key;  // "" where it holds none, or has ended
  const JobState state;
  const Priority priority;
  const int attempts;
  const bool is_due;  // not delayed when it was written
  const Time ready_at;
  const std::optional<Time> finished_at;
  const std::optional<Time> expires_at;  // of the approval
  const std::optional<Time> warn_at;
  const std::optional<int64_t> issue_id;  // of a job that is active
  const std::string packed;
};

struct AttemptRecord : Counted {
  AttemptRecord(const Attempt& attempt, std::string packed);
  Attempt Unpack() const;

  const JobId job_id;
  const int number;
  const Time started_at;
  const std::optional<Time> ended_at;
  const std::string outcome;
  const bool is_dry;  // nothing was executed
  const std::string packed;
};

struct KeyRecord : Counted {
  KeyRecord(IdempotencyRecord of, std::optional<Time> ended)
      : key(std::move(of)), ended_at(ended) {}

  const IdempotencyRecord key;
  const std::optional<Time> ended_at;  // of its job
};

struct MessageRecord : Counted {
  explicit MessageRecord(OutboxMessage of) : message(std::move(of)) {}

  const OutboxMessage message;
};

struct SettingRecord : Counted {
  explicit SettingRecord(record::Setting of) : setting(std::move(of)) {}

  const record::Setting setting;
};

struct EntrypointRecord : Counted {
  EntrypointRecord(std::string its_name, EntrypointTotals its_totals)
      : name(std::move(its_name)), totals(its_totals) {}

  const std::string name;
  const EntrypointTotals totals;
};

using JobRef = Ref<const JobRecord>;
using AttemptRef = Ref<const AttemptRecord>;
using KeyRef = Ref<const KeyRecord>;
using MessageRef = Ref<const MessageRecord>;
using SettingRef = Ref<const SettingRecord>;
using EntrypointRef = Ref<const EntrypointRecord>;

}  // namespace jobgate::memory
