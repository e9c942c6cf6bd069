// What `submit` and `run` share: their flags and the request body.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/cli/command_builder.h"
#include "src/cli/params_flags.h"

namespace jobgate {

struct SubmissionFlags {
  std::string entrypoint;
  ParamsFlags params;
  std::optional<std::string> priority;
  std::optional<std::string> key;
  std::optional<int64_t> issue;
  std::optional<Duration> delay;
  std::optional<Duration> ttl;
  std::optional<std::string> correlation;
  bool dry_run = false;
};

// `flags` must live as long as the command line.
void DeclareSubmission(CommandBuilder& command, SubmissionFlags& flags);

// The body of POST /api/v1/jobs. Asks the daemon for the params schema where -p needs it.
Result<Json> SubmissionBody(Session& session, const ApiClient& api, const SubmissionFlags& flags);

// Submits, and tells where the job of an earlier submission answers.
Result<Answer> Submit(Session& session, const ApiClient& api, const SubmissionFlags& flags);

}  // namespace jobgate
