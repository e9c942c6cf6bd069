// The current settings, swapped whole. Any thread reads; the loop thread writes.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

#include "src/config/config.h"

namespace jobgate {

class ConfigSlot {
 public:
  explicit ConfigSlot(std::shared_ptr<const Config> config) : config_(std::move(config)) {}
  std::shared_ptr<const Config> Get() const {
    std::lock_guard lock(mutex_);
    return config_;
  }
  void Set(std::shared_ptr<const Config> config) {
    std::lock_guard lock(mutex_);
    config_ = std::move(config);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Config> config_;
};

}  // namespace jobgate
