#include "src/daemon/event_log.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace jobgate {
namespace {

// Failures and denials that somebody has to find in the log; the rest is for debugging.
LogLevel LevelOf(const std::string& type) {
  constexpr std::array<std::string_view, 7> kWarnings = {
      "job:dlq",     "job:failed", "config:rejected", "job:interrupted", "job:approval_refused",
      "job:drifted", "job:expired"};
  constexpr std::array<std::string_view, 5> kNotes = {
      "job:retrying", "worker:started", "config:reloaded", "worker:stopped", "store:recovered"};
  if (std::find(kWarnings.begin(), kWarnings.end(), type) != kWarnings.end())
    return LogLevel::kWarning;
  if (std::find(kNotes.begin(), kNotes.end(), type) != kNotes.end()) return LogLevel::kInfo;
  return LogLevel::kDebug;
}

}  // namespace

void EventLog::Committed(const std::vector<Event>& events) {
  for (const Event& event : events) {
    const LogLevel level = LevelOf(event.type);
    if (!logger_.Writes(level)) continue;
    Json fields = {{"seq", event.seq}, {"payload", Json::parse(event.payload)}};
    if (event.job_id) fields["job_id"] = *event.job_id;
    if (event.actor) fields["actor"] = *event.actor;
    logger_.Write(level, event.type, fields);
  }
  if (wake_) wake_(events.back().seq);
}

void EventLog::Refused(const Actor& actor, const Error& why) {
  Json fields = {{"actor", actor}, {"code", InfoOf(why.code).slug}, {"reason", why.message}};
  if (!why.job_id.empty()) fields["job_id"] = why.job_id;
  logger_.Write(LogLevel::kInfo, "refused", fields);
}

void EventLog::StoreFault(const Error& why) {
  logger_.Write(LogLevel::kError, "store:fault", {{"reason", why.message}});
}

}  // namespace jobgate
