#include "src/api/request_json.h"

#include <algorithm>
#include <utility>

#include "src/api/object_reader.h"

namespace jobgate {
namespace {

constexpr int64_t kDelayMsMax = 366LL * 24 * 3600 * 1000;
constexpr int64_t kTtlMsMin = 1000;
constexpr size_t kNameBytesMax = 64;
constexpr size_t kWordBytesMax = 256;
constexpr size_t kReasonBytesMax = 4096;
constexpr int64_t kAttemptsMax = 100;
constexpr size_t kBatchMax = 1000;
constexpr int64_t kPerMinuteMax = 1'000'000;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::optional<Duration> Milliseconds(ObjectReader& reader, const char* key, int64_t min) {
  if (auto ms = reader.Integer(key, min, kDelayMsMax)) return Duration(*ms);
  return std::nullopt;
}

std::optional<Priority> ReadPriority(ObjectReader& reader) {
  const std::optional<std::string> name = reader.Text("priority", kNameBytesMax);
  if (!name) return std::nullopt;
  const std::optional<Priority> priority = PriorityFromName(*name);
  if (!priority)
    reader.Report("/priority", "must be one of critical, high, normal, low, background");
  return priority;
}

std::string ReadEntrypoint(ObjectReader& reader) {
  reader.Require("entrypoint");
  std::string name = reader.Text("entrypoint", kNameBytesMax).value_or("");
  if (!std::ranges::all_of(name, IsNameCharacter))
    reader.Report("/entrypoint", "must consist of a-z, 0-9, _ and -");
  return name;
}

std::optional<Json> ReadParams(ObjectReader& reader) {
  const Json* params = reader.Any("params");
  if (!params) return std::nullopt;
  if (!params->is_object()) {
    reader.Report("/params", "must be a JSON object");
    return std::nullopt;
  }
  if (Canonical(*params).size() > kParamsBytesMax)
    reader.Report("/params", "must have at most 64 KiB as JSON text");
  return *params;
}

template <typename T>
Result<T> Finished(ObjectReader& reader, T command) {
  JOBGATE_TRY(reader.Finish());
  return command;
}

}  // namespace

EndedFilter DeadLetterChoice::AsOf(Time now) const {
  EndedFilter filter;
  filter.states = {JobState::kDeadLettered};
  filter.entrypoint = entrypoint;
  filter.reason = reason;
  if (older_than) filter.ended_before = now - *older_than;
  if (newer_than) filter.ended_from = now - *newer_than;
  return filter;
}

Result<SubmitJob> SubmitFromJson(const Json& body) {
  ObjectReader reader(body);
  SubmitJob submit;
  submit.entrypoint = ReadEntrypoint(reader);
  submit.params = ReadParams(reader).value_or(Json::object());
  submit.priority = ReadPriority(reader);
  submit.idempotency_key = reader.Text("idempotencyKey", kWordBytesMax);
  submit.plan_hash = reader.Text("planHash", kWordBytesMax);
  submit.issue_id = reader.Integer("issueId", 1, INT64_MAX);
  submit.delay = Milliseconds(reader, "delayMs", 0);
  submit.ttl = Milliseconds(reader, "ttlMs", kTtlMsMin);
  if (auto attempts = reader.Integer("maxAttempts", 1, kAttemptsMax))
    submit.attempts_max = static_cast<int>(*attempts);
  submit.correlation_id = reader.Text("correlationId", kWordBytesMax);
  submit.ref_id = reader.Text("refId", kWordBytesMax);
  submit.dry_run = reader.Flag("dryRun");
  return Finished(reader, std::move(submit));
}

Result<SubmitBatch> BatchFromJson(const Json& body) {
  ObjectReader reader(body);
  reader.Require("jobs");
  const Json* jobs = reader.Any("jobs");
  if (jobs && (!jobs->is_array() || jobs->empty()))
    reader.Report("/jobs", "must be an array of at least one submission");
  JOBGATE_TRY(reader.Finish());
  if (jobs->size() > kBatchMax)
    return Fail(Code::kTooLarge, "a batch may have at most " + std::to_string(kBatchMax) +
                                     " jobs, and this one has " + std::to_string(jobs->size()));
  SubmitBatch batch;
  for (const Json& item : *jobs) batch.items.push_back(SubmitFromJson(item));
  return batch;
}

Result<CancelJob> CancelFromJson(std::string id, const Json& body) {
  ObjectReader reader(body);
  CancelJob command{std::move(id), reader.Prose("reason", kReasonBytesMax)};
  return Finished(reader, std::move(command));
}

Result<FailJob> FailFromJson(std::string id, const Json& body) {
  ObjectReader reader(body);
  reader.Require("reason");
  FailJob command{std::move(id), reader.Prose("reason", kReasonBytesMax)};
  return Finished(reader, std::move(command));
}

Result<ReplayJob> ReplayFromJson(std::string id, const Json& body) {
  ObjectReader reader(body);
  ReplayJob command;
  command.id = std::move(id);
  command.debug = reader.Flag("debug");
  command.params = ReadParams(reader);
  return Finished(reader, std::move(command));
}

Result<SetPriority> PriorityFromJson(std::string id, const Json& body) {
  ObjectReader reader(body);
  reader.Require("priority");
  SetPriority command{std::move(id), ReadPriority(reader).value_or(Priority::kNormal)};
  return Finished(reader, std::move(command));
}

Result<RetryJob> RetryFromJson(std::string id, const Json& body) {
  ObjectReader reader(body);
  RetryJob command;
  command.id = std::move(id);
  command.params = ReadParams(reader);
  command.priority = ReadPriority(reader);
  command.note = reader.Prose("note", kReasonBytesMax);
  return Finished(reader, std::move(command));
}

Result<RetryDeadLetters> RetryDeadLettersFromJson(const Json& body) {
  ObjectReader reader(body);
  RetryDeadLetters asked;
  asked.which.entrypoint = reader.Text("entrypoint", kNameBytesMax);
  asked.which.reason = reader.Text("reason", kWordBytesMax).value_or("");
  asked.which.older_than = Milliseconds(reader, "olderThanMs", 0);
  asked.which.newer_than = Milliseconds(reader, "newerThanMs", 0);
  asked.limit = static_cast<int>(reader.Integer("limit", 1, kBulkMax).value_or(kBulkMax));
  asked.cursor = reader.Text("cursor", kWordBytesMax).value_or("");
  asked.each.must_be_dead_lettered = true;
  asked.each.priority = ReadPriority(reader);
  asked.each.note = reader.Prose("note", kReasonBytesMax);
  return Finished(reader, std::move(asked));
}

Result<void> NothingFromJson(const Json& body) {
  ObjectReader reader(body);
  return reader.Finish();
}

Result<ApproveJob> ApproveFromJson(std::string id, std::string via, const Json& body) {
  ObjectReader reader(body);
  ApproveJob command{std::move(id), reader.Prose("comment", kReasonBytesMax), std::move(via),
                     reader.Text("digest", 64).value_or("")};
  if (!command.digest.empty() && command.digest.size() < 12)
    reader.Report("/digest", "must have at least the first 12 digits");
  return Finished(reader, std::move(command));
}

Result<RejectJob> RejectFromJson(std::string id, std::string via, const Json& body) {
  ObjectReader reader(body);
  RejectJob command{std::move(id), reader.Prose("reason", kReasonBytesMax), std::move(via)};
  return Finished(reader, std::move(command));
}

Result<ExtendApproval> ExtendFromJson(std::string id, const Json& body) {
  ObjectReader reader(body);
  reader.Require("ttlMs");
  ExtendApproval command{std::move(id),
                         Milliseconds(reader, "ttlMs", kTtlMsMin).value_or(Duration{})};
  return Finished(reader, std::move(command));
}

Result<ResolveJob> ResolveFromJson(std::string id, const Json& body) {
  ObjectReader reader(body);
  reader.Require("as");
  const std::string as = reader.Text("as", kNameBytesMax).value_or("");
  ResolveJob command{std::move(id), Resolution::kRetry, reader.Prose("reason", kReasonBytesMax)};
  if (as == "succeeded")
    command.as = Resolution::kSucceeded;
  else if (as == "failed")
    command.as = Resolution::kFailed;
  else if (!as.empty() && as != "retry")
    reader.Report("/as", "must be one of succeeded, failed, retry");
  return Finished(reader, std::move(command));
}

Result<StartWorker> StartWorkerFromJson(const Json& body) {
  ObjectReader reader(body);
  return Finished(reader, StartWorker{});
}

Result<StopWorker> StopWorkerFromJson(const Json& body) {
  ObjectReader reader(body);
  return Finished(reader, StopWorker{reader.Flag("drain")});
}

Result<std::string> CheckFromJson(std::string id, const Json& body) {
  ObjectReader reader(body);
  return Finished(reader, std::move(id));
}

Result<ResetBreaker> ResetBreakerFromJson(std::string entrypoint, const Json& body) {
  ObjectReader reader(body);
  return Finished(reader, ResetBreaker{std::move(entrypoint)});
}

Result<SetIntake> IntakeFromJson(const Json& body) {
  ObjectReader reader(body);
  IntakeChange change;
  if (reader.Any("paused")) change.paused = reader.Flag("paused");
  if (auto limit = reader.Integer("maxPerMinute", 0, kPerMinuteMax))
    change.per_minute = static_cast<int>(*limit);
  change.reason = reader.Prose("reason", kReasonBytesMax);
  if (body.is_object() && !body.contains("paused") && !body.contains("maxPerMinute"))
    reader.Report("", "paused or maxPerMinute must be given");
  return Finished(reader, SetIntake{std::move(change)});
}

}  // namespace jobgate
