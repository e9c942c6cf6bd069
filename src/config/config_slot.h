// The current settings, swapped whole, and how they were last loaded. Any thread reads; the loop
// thread writes.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/time.h"
#include "src/config/config.h"

namespace jobgate {

struct ConfigStatus {
  Time loaded_at;                               // of the settings in use
  std::optional<std::string> error = {};        // why the file as it is now is not in use
  std::vector<std::string> needs_restart = {};  // pointers at which the file waits for a restart
};

class ConfigSlot {
 public:
  explicit ConfigSlot(std::shared_ptr<const Config> config, Time loaded_at = {})
      : config_(std::move(config)), status_{loaded_at, std::nullopt, {}} {}

  std::shared_ptr<const Config> Get() const {
    std::lock_guard lock(mutex_);
    return config_;
  }
  ConfigStatus Status() const {
    std::lock_guard lock(mutex_);
    return status_;
  }
  // Clears the error.
  void Set(std::shared_ptr<const Config> config, Time loaded_at,
           std::vector<std::string> needs_restart) {
    std::lock_guard lock(mutex_);
    config_ = std::move(config);
    status_ = {loaded_at, std::nullopt, std::move(needs_restart)};
  }
  // The settings in use stay.
  void Reject(std::string error) {
    std::lock_guard lock(mutex_);
    status_.error = std::move(error);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Config> config_;
  ConfigStatus status_;
};

}  // namespace jobgate
