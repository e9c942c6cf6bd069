#include "src/daemon/logger.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <utility>

#include "src/base/clock.h"

namespace jobgate {
namespace {

constexpr const char* kPointer = "/log/path";

spdlog::level::level_enum LevelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

// spdlog makes missing folders, and so hides a mistyped one. The store's own is made at the first
// start in any case.
Result<void> CheckFolder(const Config& config) {
  const auto folder = std::filesystem::path(*config.log.path).parent_path();
  std::error_code ignored;
  if (folder == config.StoreDir() || std::filesystem::is_directory(folder, ignored)) return {};
  return FailField(kPointer, "log.path is " + *config.log.path + ", and there is no folder " +
                                 folder.string() + ": make it, or name another log.path");
}

Result<spdlog::sink_ptr> SinkOf(const Config& config) {
  if (!config.log.path) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  JOBGATE_TRY(CheckFolder(config));
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(*config.log.path);
  } catch (const spdlog::spdlog_ex& error) {
    return FailField(kPointer, "cannot open " + *config.log.path + ": " + error.what());
  }
}

std::string Name(LogLevel level) {
  const auto name = spdlog::level::to_string_view(LevelOf(level));
  return {name.data(), name.size()};
}

// Values as JSON: quotes and line breaks inside them stay escaped.
std::string TextLine(LogLevel level, const std::string& message, const Json& fields) {
  std::string line = FormatTime(SystemClock().Now()) + " " + Name(level) + " " + message;
  for (const auto& [key, value] : fields.items()) line += " " + key + "=" + Canonical(value);
  return line;
}

}  // namespace

Result<LogTarget> OpenLog(const Config& config) {
  auto sink = SinkOf(config);
  if (!sink) return Fail(std::move(sink).error());
  auto logger = std::make_shared<spdlog::logger>("jobgate", *std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::from_str(config.log.level));
  logger->flush_on(spdlog::level::debug);
  return LogTarget{std::move(logger), config.log.format == "json"};
}

void Logger::Use(LogTarget target) {
  const std::lock_guard lock(mutex_);
  target_ = std::move(target);
}

LogTarget Logger::Target() const {
  const std::lock_guard lock(mutex_);
  return target_;
}

bool Logger::Writes(LogLevel level) const {
  return Target().sink->should_log(LevelOf(level));
}

void Logger::Write(LogLevel level, const std::string& message, const Json& fields) {
  const LogTarget target = Target();
  if (!target.sink->should_log(LevelOf(level))) return;
  if (!target.json) {
    target.sink->log(LevelOf(level), "{}", TextLine(level, message, fields));
    return;
  }
  Json line = fields;
  line["time"] = FormatTime(SystemClock().Now());
  line["level"] = Name(level);
  line["message"] = message;
  target.sink->log(LevelOf(level), "{}", Canonical(line));
}

}  // namespace jobgate
