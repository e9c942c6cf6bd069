// What a daemon runs by at one moment: swapped whole, never changed.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "src/config/config.h"

namespace jobgate {

// Values of the named secrets. Injected: the daemon's environment and its secrets file.
class SecretSource {
 public:
  virtual ~SecretSource() = default;
  virtual std::optional<std::string> Find(const std::string& name) const = 0;
};

struct Settings {
  std::shared_ptr<const Config> config;
  std::shared_ptr<const SecretSource> secrets;
};

}  // namespace jobgate
