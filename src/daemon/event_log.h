// Turns what the engine commits and refuses into log lines, and wakes the live stream.
#pragma once
#include <functional>

#include "src/daemon/logger.h"
#include "src/engine/engine.h"

namespace jobgate {

class EventLog final : public EngineObserver {
 public:
  explicit EventLog(Logger& logger) : logger_(logger) {}
  // Called with the sequence number of the newest committed event.
  void OnCommitted(std::function<void(int64_t)> wake) { wake_ = std::move(wake); }

  void Committed(const std::vector<Event>& events) override;
  void Refused(const Actor& actor, const Error& why) override;
  void StoreFault(const Error& why) override;

 private:
  Logger& logger_;
  std::function<void(int64_t)> wake_;
};

}  // namespace jobgate
