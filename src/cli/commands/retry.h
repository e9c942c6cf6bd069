// What `retry` and `dlq retry` share: the params, the priority and the note of the new job.
#pragma once
#include <optional>
#include <string>

#include "src/cli/command_builder.h"
#include "src/cli/params_flags.h"

namespace jobgate {

struct RetryFlags {
  ParamsFlags params;
  std::optional<std::string> priority, note;
};

// `flags` must live as long as the command line.
void DeclareRetry(CommandBuilder& command, RetryFlags& flags);

// The body for a retry of job `id`; a single -p changes that param of the old job.
Result<Json> RetryBody(Session& session, const ApiClient& api, const std::string& id,
                       const RetryFlags& flags);

// "job_… queued (retry of job_…)"
std::string RetriedInWords(const Json& job);

}  // namespace jobgate
