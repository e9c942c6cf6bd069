// Request bodies as commands. Everything that can be checked without the settings is checked
// here, all of it at once; the engine checks the rest. Errors: kInvalidArgument with a pointer
// for every wrong place.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/engine/command.h"

namespace jobgate {

inline constexpr size_t kParamsBytesMax = 64 * 1024;

Result<SubmitJob> SubmitFromJson(const Json& body);

Result<CancelJob> CancelFromJson(std::string id, const Json& body);
Result<SetPriority> PriorityFromJson(std::string id, const Json& body);
Result<RetryJob> RetryFromJson(std::string id, const Json& body);
Result<ApproveJob> ApproveFromJson(std::string id, std::string via, const Json& body);
Result<RejectJob> RejectFromJson(std::string id, std::string via, const Json& body);
Result<ExtendApproval> ExtendFromJson(std::string id, const Json& body);
Result<ResolveJob> ResolveFromJson(std::string id, const Json& body);
Result<StartWorker> StartWorkerFromJson(const Json& body);
Result<StopWorker> StopWorkerFromJson(const Json& body);
Result<SetIntake> IntakeFromJson(const Json& body);

}  // namespace jobgate
