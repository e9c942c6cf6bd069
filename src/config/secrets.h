// The values of the entrypoints' secrets: from the daemon's environment, else from secretsFile.
// Read by the daemon with the settings; the CLI needs none.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "src/base/error.h"
#include "src/base/file_system.h"
#include "src/config/settings.h"

namespace jobgate {

using Secrets = std::map<std::string, std::string>;  // by variable name
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// A value for every secret that an entrypoint names. secretsFile holds NAME=value lines; empty
// lines and lines that begin with # are skipped, a value is everything after the first =.
// The variable of approval.webhookSecretEnv has to have one too; it is read where it is used.
// Errors: kInvalidArgument naming each secret without a value with its line in the config file, a
// malformed line, or a file that others than its owner may read; those of FileSystem::ReadFile.
Result<Secrets> LoadSecrets(const Config& config, const Environment& environment,
                            FileSystem& files);

// Values that were read once.
class FixedSecrets final : public SecretSource {
 public:
  explicit FixedSecrets(Secrets values) : values_(std::move(values)) {}
  std::optional<std::string> Find(const std::string& name) const override {
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(found->second);
  }
  const Secrets& values() const { return values_; }

 private:
  const Secrets values_;
};

}  // namespace jobgate
