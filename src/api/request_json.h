// Request bodies as commands. Everything that can be checked without the settings is checked
// here, all of it at once; the engine checks the rest. Errors: kInvalidArgument with a pointer
// for every wrong place.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/engine/command.h"

namespace jobgate {

inline constexpr size_t kParamsBytesMax = 64 * 1024;
inline constexpr int64_t kBulkMax = 1000;  // jobs that one request may act on at once

// Which dead letters are meant; ages as of now.
struct DeadLetterChoice {
  std::optional<std::string> entrypoint;
  std::string reason;  // part of it
  std::optional<Duration> older_than;
  std::optional<Duration> newer_than;

  // From the oldest entry on.
  EndedFilter AsOf(Time now) const;
};
// Each of them as `each` says; its id is left empty.
struct RetryDeadLetters {
  DeadLetterChoice which;
  RetryJob each;
  int limit = kBulkMax;
  std::string cursor;
};

Result<SubmitJob> SubmitFromJson(const Json& body);

// An item that is wrong holds its error, with pointers into the item. Errors of the batch itself:
// kInvalidArgument, kTooLarge over 1,000 items.
Result<SubmitBatch> BatchFromJson(const Json& body);

Result<CancelJob> CancelFromJson(std::string id, const Json& body);
Result<FailJob> FailFromJson(std::string id, const Json& body);
Result<ReplayJob> ReplayFromJson(std::string id, const Json& body);
Result<SetPriority> PriorityFromJson(std::string id, const Json& body);
Result<RetryJob> RetryFromJson(std::string id, const Json& body);
Result<RetryDeadLetters> RetryDeadLettersFromJson(const Json& body);
// A body that takes no keys.
Result<void> NothingFromJson(const Json& body);
Result<ApproveJob> ApproveFromJson(std::string id, std::string via, const Json& body);
Result<RejectJob> RejectFromJson(std::string id, std::string via, const Json& body);
Result<ExtendApproval> ExtendFromJson(std::string id, const Json& body);
Result<ResolveJob> ResolveFromJson(std::string id, const Json& body);
Result<StartWorker> StartWorkerFromJson(const Json& body);
Result<StopWorker> StopWorkerFromJson(const Json& body);
// The id of the job to look at.
Result<std::string> CheckFromJson(std::string id, const Json& body);
Result<ResetBreaker> ResetBreakerFromJson(std::string entrypoint, const Json& body);
Result<SetIntake> IntakeFromJson(const Json& body);

}  // namespace jobgate
