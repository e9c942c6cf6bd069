#include "src/daemon/logger.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <stdexcept>

#include "src/base/clock.h"

namespace jobgate {
namespace {

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
void CheckFolder(const Config& config) {
  const auto folder = std::filesystem::path(*config.log.path).parent_path();
  std::error_code ignored;
  if (folder == config.StoreDir() || std::filesystem::is_directory(folder, ignored)) return;
  throw std::runtime_error("log.path is " + *config.log.path + ", and there is no folder " +
                           folder.string() + ": make it, or name another log.path");
}

spdlog::sink_ptr SinkOf(const Config& config) {
  if (!config.log.path) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  CheckFolder(config);
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(*config.log.path);
  } catch (const spdlog::spdlog_ex& error) {
    throw std::runtime_error("cannot open log.path " + *config.log.path + ": " + error.what());
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

Logger::Logger(const Config& config)
    : sink_(std::make_shared<spdlog::logger>("jobgate", SinkOf(config))),
      json_(config.log.format == "json") {
  sink_->set_pattern("%v");
  sink_->set_level(spdlog::level::from_str(config.log.level));
  sink_->flush_on(spdlog::level::debug);
}

Logger::~Logger() = default;

bool Logger::Writes(LogLevel level) const {
  return sink_->should_log(LevelOf(level));
}

void Logger::Write(LogLevel level, const std::string& message, const Json& fields) {
  if (!Writes(level)) return;
  if (!json_) {
    sink_->log(LevelOf(level), "{}", TextLine(level, message, fields));
    return;
  }
  Json line = fields;
  line["time"] = FormatTime(SystemClock().Now());
  line["level"] = Name(level);
  line["message"] = message;
  sink_->log(LevelOf(level), "{}", Canonical(line));
}

}  // namespace jobgate
