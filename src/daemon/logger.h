// The daemon's log: one line an entry, JSON or text, to stderr or a file. Every value is
// escaped, so that no job, param or header can forge a line. Any thread.
#pragma once
#include <memory>
#include <string>

#include "src/base/json.h"
#include "src/config/config.h"

namespace spdlog {
class logger;
}

namespace jobgate {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

class Logger {
 public:
  // Throws std::runtime_error where log.path cannot be opened.
  explicit Logger(const Config& config);
  ~Logger();

  bool Writes(LogLevel level) const;
  // `message` says what happened; `fields` (an object) carry the particulars.
  void Write(LogLevel level, const std::string& message, const Json& fields = Json::object());

 private:
  std::shared_ptr<spdlog::logger> sink_;
  const bool json_;
};

}  // namespace jobgate
