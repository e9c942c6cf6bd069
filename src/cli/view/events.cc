#include "src/cli/view/events.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/limits.h"

namespace jobgate {
namespace {

// What happened, said of a job ("was submitted") or of the daemon.
constexpr std::array<std::pair<std::string_view, std::string_view>, 40> kPhrases = {{
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
    {"job:plan_checked", "checked, the step before gives what was approved"},
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
    {"dlq:cleaned", "left the dead-letter queue, past its retention"},
    {"dlq:cleared", "cleared from the dead-letter queue"},
    {"dlq:evicted", "left the dead-letter queue, which was full"},
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

constexpr int kWordsMin = 12;  // columns worth reading; where they do not fit, the time leaves

std::string PhraseOf(const std::string& type, const Json& payload) {
  if (type == "job:interrupted" && IsStopByDrain(TextAt(payload, "reason"))) return "interrupted";
  if (type == "job:replayed" && !TextAt(payload, "retriedAs").empty())
    return "retried as a new job";
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

// What is still to come is told by how far away it is; what is past, by its time.
std::string Deadline(const std::string& ahead, const std::string& past, const std::string& text,
                     Time now) {
  const auto time = ParseTime(text);
  if (time && *time > now) return ahead + " " + RelativeTime(now, *time);
  return past + " " + text;
}

std::string Sentences(const Json& list) {
  std::vector<std::string> parts;
  for (const Json& part : list) parts.push_back(Shown(part));
  return Join(parts, "; ");
}

// Of the settings: "/queue/maxConcurrent: 3 → 5".
std::string Changes(const Json& list) {
  std::vector<std::string> parts;
  for (const Json& change : list)
    parts.push_back(TextAt(change, "pointer") + ": " + ValueInWords(At(change, "old")) + " → " +
                    ValueInWords(At(change, "new")));
  return Join(parts, "; ");
}

// "approvalsMissing" as "approvals missing".
std::string KeyInWords(const std::string& key) {
  std::string words;
  for (const char c : key) {
    if (std::isupper(static_cast<unsigned char>(c))) words += ' ';
    words += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return words;
}

// One member of the payload in words; "" for what would only repeat.
std::string Detail(const std::string& key, const Json& value, Time now) {
  std::string text = Shown(value);
  if (value.is_null() || text.empty()) return "";
  if (value.is_array() && value.empty()) return "";
  if (key == "changesOmitted" && value == 0) return "";
  if (key == "changes" && value.is_array()) return Changes(value);
  if (key == "by" || key == "params" || key == "state" || key == "try") return "";
  if (key == "cause") return "";   // the reason says it in words
  if (key == "errors") return "";  // the message begins with the first of them
  if (key == "waitedMs" && value.is_number())
    return "after " + FormatDuration(Duration(value.get<int64_t>()));
  if (key == "comment") return "'" + text + "'";
  if (key == "error" || key == "reason" || key == "line" || key == "message") return text;
  if (key == "argv" && value.is_array()) return ArgvText(value);
  if (key == "limits") return LimitsInWords(value);
  if (key == "digest") return "digest " + Digest12(text);
  if (key == "runAfter") return Deadline("next try", "next try at", text, now);
  if (key == "expiresAt") return Deadline("expires", "until", text, now);
  if (key == "expiredAt") return "at " + text;
  if (key == "approvalsMissing")
    return Counted(value.is_number() ? value.get<int64_t>() : 0, "more approval") + " needed";
  if (key == "differences" && value.is_array()) return Sentences(value);
  if (key == "drain") return value == true ? "what still runs is stopped after its grace" : "";
  if (key == "correlationId") return "correlation " + text;
  if (key == "step") return text == "run" ? "" : "step " + text;
  if (key == "exitCode") return "exit code " + text;
  if (key == "retriedAs" || key == "replayedAs") return text;
  if (key == "planCheck") return value == true ? "once more, to check what was approved" : "";
  if (key == "dryRun") return value == true ? "dry run, nothing is executed" : "";
  if (key == "forgotten") return "details forgotten";
  if (key == "replay" || key == "debug") return value == true ? key : "";
  if (key == "note") return "note: " + text;
  if (key == "paramsChanged") return "with other params";
  if (key == "addedAt") return "there since " + text;
  if (key == "parentId") return "retry of " + text;
  return KeyInWords(key) + " " + (value.is_array() ? Sentences(value) : text);
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

// "exit code 1 (try 3 of 3)" says "exit code 1", and more.
bool SaysMoreThan(const std::string& detail, const std::string& other) {
  return detail.starts_with(other + " ");
}

std::string Details(const Json& payload, Time now) {
  if (!payload.is_object()) return "";
  std::vector<std::string> details;
  for (const std::string& key : OrderedKeys(payload)) {
    const std::string detail = Detail(key, payload.at(key), now);
    const bool told = std::any_of(details.begin(), details.end(), [&](const std::string& other) {
      return other.find(detail) != std::string::npos;
    });
    if (detail.empty() || told) continue;
    std::erase_if(details, [&](const std::string& other) { return SaysMoreThan(detail, other); });
    details.push_back(detail);
  }
  return Join(details, ", ");
}

// "03:04:05Z", with the day where it is another one. In UTC, like every time that jobgate tells.
std::string ClockText(Time at, Time now) {
  const std::string full = FormatTime(at);
  const bool today = full.substr(0, 10) == FormatTime(now).substr(0, 10);
  return (today ? full.substr(11, 8) : full.substr(0, 10) + " " + full.substr(11, 8)) + "Z";
}

}  // namespace

std::string EventInWords(const Json& event, Time now) {
  std::string words = PhraseOf(TextAt(event, "type"), At(event, "payload"));
  const std::string actor = TextAt(event, "actor");
  if (!actor.empty()) words += " by " + actor;
  const std::string details = Details(At(event, "payload"), now);
  return details.empty() ? words : words + ": " + details;
}

std::string EventLine(const Json& event, const Look& look) {
  const auto at = TimeAt(event, "at");
  std::string time = at ? ClockText(*at, look.now) + "  " : "";
  std::string id = OneLine(TextAt(event, "jobId"));
  if (!id.empty()) id += "  ";
  std::string words = OneLine(EventInWords(event, look.now));
  if (look.columns > 0) {
    const int room = look.columns - DisplayWidth(id);
    if (room < DisplayWidth(time) + kWordsMin) time.clear();
    words = Shorten(words, room - DisplayWidth(time));
    if (words.empty() && !id.empty()) id.resize(id.size() - 2);
  }
  return Paint(look, Color::kDim, time) + id + words + "\n";
}

}  // namespace jobgate
