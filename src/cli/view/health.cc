#include <string>

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/operation.h"
#include "src/cli/view/sections.h"
#include "src/job/priority.h"

namespace jobgate {
namespace {

struct Light {
  std::string word;
  Color color = Color::kRed;
};

Light LightOf(const std::string& status) {
  if (status == "healthy") return {"green", Color::kGreen};
  if (status == "degraded") return {"yellow", Color::kYellow};
  return {"red", Color::kRed};
}

std::string Known(const Json& object, const char* key) {
  const std::string text = TextAt(object, key);
  return text.empty() ? "?" : text;
}

std::string QueueInWords(const Json& queue) {
  std::string words = Known(queue, "queued") + " of " + Known(queue, "maxQueueSize") + " (" +
                      Known(queue, "utilizationPercent") + " %)";
  const Json& by_priority = At(queue, "byPriority");
  for (const Priority priority : kAllPriorities) {
    const std::string name(NameOf(priority));
    if (const auto count = NumberAt(by_priority, name.c_str()))
      words += ", " + std::to_string(*count) + " " + name;
  }
  if (const auto oldest = NumberAt(queue, "oldestQueuedMs"))
    words += ", oldest waits " + FormatDuration(Duration(*oldest));
  if (FlagAt(queue, "backpressureActive")) words += ", backpressure";
  if (FlagAt(queue, "intakePaused")) words += ", intake paused";
  return words;
}

std::string ActiveInWords(const Json& queue) {
  const auto running = NumberAt(queue, "running");
  const auto most = NumberAt(queue, "maxConcurrent");
  std::string words = running && most
                          ? SlotsInWords(*running, *most)
                          : Known(queue, "running") + " of " + Known(queue, "maxConcurrent");
  if (const auto oldest = NumberAt(queue, "oldestRunningMs"))
    words += ", longest for " + FormatDuration(Duration(*oldest));
  return words;
}

std::string WorkerInWords(const Json& worker) {
  std::string words = FlagAt(worker, "running")         ? "running"
                      : At(worker, "running").is_null() ? "unknown"
                                                        : "not running";
  if (const auto uptime = NumberAt(worker, "uptimeMs"))
    words += ", daemon up " + FormatDuration(Duration(*uptime));
  return words;
}

std::string SuccessInWords(const Json& worker) {
  return TextAt(worker, "successRatePercent").empty()
             ? "no attempt ended yet"
             : TextAt(worker, "successRatePercent") + " % of attempts, the last 100 at most";
}

std::string ProcessedAndWhen(const Json& worker, const Look& look) {
  std::string words = ProcessedInWords(worker);
  if (const auto last = TimeAt(worker, "lastProcessedAt"))
    words += ", last " + RelativeTime(look.now, *last);
  return words;
}

std::string HeldInWords(const Json& jobs) {
  const Json& store = At(jobs, "store");
  const std::string waiting = Known(store, "waiting_approval");
  std::string words = waiting + (waiting == "1" ? " waits" : " wait") + " for approval";
  if (const int64_t soon = CountAt(At(jobs, "approvals"), "expiringSoon"); soon > 0)
    words += " (" + std::to_string(soon) + (soon == 1 ? " expires" : " expire") + " soon)";
  return words + ", " + Known(At(jobs, "queue"), "dlq") + " dead-lettered, " +
         Known(store, "interrupted") + " interrupted";
}

std::string BreakersInWords(const Json& jobs) {
  const Json& breakers = At(jobs, "breakers");
  if (!breakers.is_object() || breakers.empty()) return "";
  std::string words;
  for (const auto& [name, state] : breakers.items())
    if (Shown(state) != "closed") words += (words.empty() ? "" : ", ") + name + " " + Shown(state);
  return words.empty() ? "all closed" : words;
}

std::string SystemInWords(const Json& system) {
  std::string words = FormatBytes(DecimalAt(system, "rssBytes")) + " memory";
  if (At(system, "diskFreeBytes").is_number())
    words += ", " + FormatBytes(DecimalAt(system, "diskFreeBytes")) + " disk free";
  return words;
}

std::string IssueLines(const Json& issues, const Look& look) {
  std::string text;
  for (const Json& issue : issues) {
    const std::string severity = TextAt(issue, "severity");
    const Color color = severity == "critical" ? Color::kRed : Color::kYellow;
    text += "  " + Paint(look, color, OneLine(severity)) + "  " +
            OneLine(TextAt(issue, "message")) + "\n";
  }
  return text.empty() ? "" : "\n" + Paint(look, Color::kBold, "Issues") + "\n" + text;
}

}  // namespace

std::string HealthPage(const Json& health, const Look& look) {
  const Json& jobs = At(At(health, "data"), "jobs");
  const Json& worker = At(jobs, "worker");
  const std::string status = TextAt(health, "status");
  const Light light = LightOf(status);
  const std::string config_error = TextAt(At(jobs, "config"), "error");
  return Paint(look, light.color, light.word) + "  " + OneLine(status) + ", jobgate " +
         OneLine(TextAt(health, "version")) + "\n" +
         Facts({{"active", ActiveInWords(At(jobs, "queue"))},
                {"queue", QueueInWords(At(jobs, "queue"))},
                {"held", HeldInWords(jobs)},
                {"success rate", SuccessInWords(worker)},
                {"processed", ProcessedAndWhen(worker, look)},
                {"breakers", BreakersInWords(jobs)},
                {"worker", WorkerInWords(worker)},
                {"approvals", TextAt(At(jobs, "approvals"), "reason")},
                {"settings", config_error.empty() ? "" : "the file is not in use: " + config_error},
                {"system", SystemInWords(At(At(health, "data"), "system"))}},
               look) +
         IssueLines(ListAt(health, "issues"), look);
}

}  // namespace jobgate
