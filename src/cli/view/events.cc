#include "src/cli/view/events.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "src/cli/text.h"
#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

// What happened, said of a job ("was submitted") or of the daemon.
constexpr std::array<std::pair<std::string_view, std::string_view>, 39> kPhrases = {{
    {"job:submitted", "submitted"},
    {"job:started", "started"},
    {"job:progress", "progress"},
    {"job:succeeded", "succeeded"},
    {"job:failed", "failed"},
    {"job:retrying", "failed, will be tried again"},
    {"job:dlq", "failed for good, dead-lettered"},
    {"job:waiting_approval", "waits for approval"},
    {"job:approved", "approved"},
    {"job:approval_refused", "approval refused"},
    {"job:revoked", "approval revoked"},
    {"job:rejected", "rejected"},
    {"job:expiring", "approval expires soon"},
    {"job:expired", "approval expired"},
    {"job:extended", "approval extended"},
    {"job:drifted", "would run something else than was approved, back at the gate"},
    {"job:resumed", "resumed"},
    {"job:canceling", "cancel asked for"},
    {"job:canceled", "canceled"},
    {"job:interrupted", "interrupted, nobody knows how it ended"},
    {"job:recovered", "recovered"},
    {"job:resolved", "resolved"},
    {"job:replayed", "replayed"},
    {"job:priority", "priority changed"},
    {"job:retried", "retried as a new job"},
    {"job:retried_from_dlq", "retried as a new job"},
    {"dlq:cleaned", "dead letters past retention dropped"},
    {"dlq:cleared", "dead letters cleared"},
    {"dlq:evicted", "the oldest dead letter dropped"},
    {"queue:backpressure_on", "the queue refuses submissions"},
    {"queue:backpressure_off", "the queue takes submissions again"},
    {"worker:started", "the worker started"},
    {"worker:stopped", "the worker stopped"},
    {"worker:draining", "the worker drains"},
    {"config:reloaded", "settings reloaded"},
    {"config:rejected", "new settings rejected, the old ones stay"},
    {"store:fault", "the store cannot write"},
    {"store:recovered", "the store writes again"},
    {"daemon:started", "the daemon started"},
}};

constexpr int kTimedLineMin = 40;  // columns; a narrower line has no room for the time

std::string PhraseOf(const std::string& type) {
  for (const auto& [name, phrase] : kPhrases)
    if (name == type) return std::string(phrase);
  std::string words = type;
  std::replace(words.begin(), words.end(), ':', ' ');
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string ArgvText(const Json& value) {
  std::vector<std::string> argv;
  for (const Json& word : value) argv.push_back(Shown(word));
  return QuotedArgv(argv);
}

std::string Moment(const std::string& text, Time now) {
  const auto time = ParseTime(text);
  return time ? RelativeTime(now, *time) : text;
}

// One member of the payload in words; "" for what would only repeat.
std::string Detail(const std::string& key, const Json& value, Time now) {
  const std::string text = Shown(value);
  if (value.is_null() || text.empty()) return "";
  if (key == "by" || key == "params" || key == "state" || key == "try") return "";
  if (key == "comment") return "'" + text + "'";
  if (key == "error" || key == "reason" || key == "line" || key == "message") return text;
  if (key == "argv" && value.is_array()) return ArgvText(value);
  if (key == "digest") return "digest " + Digest12(text);
  if (key == "runAfter") return "next try " + Moment(text, now);
  if (key == "expiresAt") return "expires " + Moment(text, now);
  if (key == "step") return text == "run" ? "" : "step " + text;
  if (key == "exitCode") return "exit code " + text;
  if (key == "retriedAs") return text;
  if (key == "parentId") return "retry of " + text;
  return key + " " + text;
}

constexpr std::array kKeyOrder = {"attempt", "step",   "exitCode", "signal",
                                  "line",    "reason", "error",    "comment"};

// Well-known members first, in the order a person tells them, then the others by name.
std::vector<std::string> OrderedKeys(const Json& payload) {
  std::vector<std::string> keys;
  for (const char* key : kKeyOrder)
    if (payload.contains(key)) keys.emplace_back(key);
  for (const auto& [key, value] : payload.items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  return keys;
}

std::string Details(const Json& payload, Time now) {
  if (!payload.is_object()) return "";
  std::vector<std::string> details;
  for (const std::string& key : OrderedKeys(payload)) {
    const std::string detail = Detail(key, payload.at(key), now);
    const bool told = std::any_of(details.begin(), details.end(), [&](const std::string& other) {
      return other.find(detail) != std::string::npos;
    });
    if (!detail.empty() && !told) details.push_back(detail);
  }
  return Join(details, ", ");
}

// "03:04:05", with the day where it is another one (UTC).
std::string ClockText(Time at, Time now) {
  const std::string full = FormatTime(at);
  const bool today = full.substr(0, 10) == FormatTime(now).substr(0, 10);
  return today ? full.substr(11, 8) : full.substr(0, 10) + " " + full.substr(11, 8);
}

}  // namespace

std::string EventInWords(const Json& event, Time now) {
  std::string words = PhraseOf(TextAt(event, "type"));
  const std::string actor = TextAt(event, "actor");
  if (!actor.empty()) words += " by " + actor;
  const std::string details = Details(At(event, "payload"), now);
  return details.empty() ? words : words + ": " + details;
}

std::string EventLine(const Json& event, const Look& look) {
  const auto at = TimeAt(event, "at");
  std::string time = at ? ClockText(*at, look.now) + "  " : "";
  const std::string id = TextAt(event, "jobId");
  std::string line = OneLine(id.empty() ? EventInWords(event, look.now)
                                        : id + "  " + EventInWords(event, look.now));
  if (look.columns > 0 && look.columns < kTimedLineMin) time.clear();
  if (look.columns > 0) line = Shorten(line, look.columns - static_cast<int>(time.size()));
  return Paint(look, Color::kDim, time) + line + "\n";
}

}  // namespace jobgate
