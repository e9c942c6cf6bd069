// The values of the entrypoints' secrets: from the daemon's environment, else from secretsFile.
// Read at the daemon's start alone; the CLI needs none.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "src/base/error.h"
#include "src/base/file_system.h"
#include "src/config/config.h"

namespace jobgate {

using Secrets = std::map<std::string, std::string>;  // by variable name
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// A value for every secret that an entrypoint names. secretsFile holds NAME=value lines; empty
// lines and lines that begin with # are skipped, a value is everything after the first =.
// Errors: kInvalidArgument naming each secret without a value with its line in the config file, a
// malformed line, or a file that others than its owner may read; those of FileSystem::ReadFile.
Result<Secrets> LoadSecrets(const Config& config, const Environment& environment,
                            FileSystem& files);

}  // namespace jobgate
