// The daemon's log: one line an entry, JSON or text, to stderr or a file. Every value is
// escaped, so that no job, param or header can forge a line. Any thread.
#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "src/base/json.h"
#include "src/config/config.h"

namespace spdlog {
class logger;
}

namespace jobgate {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Where lines go and what they look like, as the settings have it.
struct LogTarget {
  std::shared_ptr<spdlog::logger> sink;
  bool json = true;
};

// Errors: kInvalidArgument at /log/path where it cannot be opened.
Result<LogTarget> OpenLog(const Config& config);

class Logger {
 public:
  explicit Logger(LogTarget target) : target_(std::move(target)) {}

  // The next lines go there.
  void Use(LogTarget target);

  bool Writes(LogLevel level) const;
  // `message` says what happened; `fields` (an object) carry the particulars.
  void Write(LogLevel level, const std::string& message, const Json& fields = Json::object());

 private:
  LogTarget Target() const;

  mutable std::mutex mutex_;
  LogTarget target_;
};

}  // namespace jobgate
