// -p and --params: a job's params from the command line, from a file or from stdin.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "src/cli/command_builder.h"

namespace jobgate {

struct ParamsFlags {
  std::vector<std::string> assignments;  // -p name=value
  std::optional<std::string> params;     // JSON, @file or -

  bool given() const { return params || !assignments.empty(); }
};

// `flags` must live as long as the command line.
void DeclareParams(CommandBuilder& command, ParamsFlags& flags);

// The params that the flags say: --params instead of `base`, then each -p over it, typed as
// `entrypoint` declares it. Asks the daemon for the params schema where -p needs it.
Result<Json> ReadParams(Session& session, const ApiClient& api, const std::string& entrypoint,
                        const ParamsFlags& flags, Json base = Json::object());

}  // namespace jobgate
