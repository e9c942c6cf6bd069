#include "src/cli/view/jobs.h"

#include <vector>

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/table.h"

namespace jobgate {
namespace {

std::string QueuedNote(const Json& job, Time now) {
  const std::string again = CountAt(job, "tries") > 0
                                ? ", try " + std::to_string(CountAt(job, "tries") + 1) + " of " +
                                      std::to_string(CountAt(job, "maxAttempts"))
                                : "";
  const auto run_after = TimeAt(job, "runAfter");
  if (run_after && *run_after > now) return "starts " + RelativeTime(now, *run_after) + again;
  const auto since = TimeAt(job, "updatedAt");
  if (!since) return "";
  const std::string what = TextAt(At(job, "waitsFor"), "detail");
  const Duration waited = now - run_after.value_or(*since);
  const bool has_waited = waited >= std::chrono::seconds(1);
  return (has_waited ? "waits for " + RoughDuration(waited) : "waits") + again +
         (what.empty() ? "" : ": " + what);
}

// Between attempts a job may have waited, for hours at a gate.
bool HadOneAttempt(const Json& job) {
  return CountAt(job, "attempts") <= 1;
}

// A job itself tells the start of its first attempt only.
std::optional<Time> RunningSince(const Json& job) {
  if (const auto since = TimeAt(job, "runningSince")) return since;
  return HadOneAttempt(job) ? TimeAt(job, "startedAt") : std::nullopt;
}

std::string RunningNote(const Json& job, Time now) {
  std::vector<std::string> words;
  if (const std::string stop = StopInWords(At(job, "stop")); !stop.empty()) words.push_back(stop);
  if (const auto since = RunningSince(job)) words.push_back("for " + FormatDuration(now - *since));
  if (!HadOneAttempt(job)) words.push_back("attempt " + TextAt(job, "attempts"));
  const std::string step = TextAt(job, "step");
  if (!step.empty() && step != "run") words.push_back("step " + step);
  const std::string progress = TextAt(job, "progress");
  return Join(words, ", ") + (progress.empty() || words.empty() ? "" : ": ") + progress;
}

std::string WaitingNote(const Json& job, Time now) {
  const auto expires = TimeAt(job, "approvalExpiresAt");
  return "step " + TextAt(job, "step") +
         (expires ? ", expires " + RelativeTime(now, *expires) : "");
}

// With what is wrong all the same, such as a result that was not kept.
std::string SucceededNote(const Json& job) {
  std::vector<std::string> words;
  const auto started = TimeAt(job, "startedAt");
  const auto finished = TimeAt(job, "finishedAt");
  if (started && finished) {
    const std::string duration = FormatDuration(*finished - *started);
    words.push_back(HadOneAttempt(job) ? "took " + duration : duration + " after its first start");
  }
  if (const std::string error = TextAt(job, "lastError"); !error.empty()) words.push_back(error);
  return Join(words, "; ");
}

std::string InterruptedNote(const Json& job) {
  const std::string why = TextAt(job, "lastError");
  return (IsStopByDrain(why) ? why : "outcome unknown") + ", see `jobgate explain`";
}

}  // namespace

std::string JobNote(const Json& job, Time now) {
  const std::string state = TextAt(job, "state");
  if (state == "queued") return QueuedNote(job, now);
  if (state == "running") return RunningNote(job, now);
  if (state == "waiting_approval") return WaitingNote(job, now);
  if (state == "succeeded") return SucceededNote(job);
  if (state == "interrupted") return InterruptedNote(job);
  return TextAt(job, "lastError");
}

std::string NextCommand(const Json& job) {
  const std::string state = TextAt(job, "state");
  const std::string id = TextAt(job, "id");
  if (state == "waiting_approval") return "jobgate explain " + id;
  if (state == "interrupted") return "jobgate resolve " + id + " --as succeeded|failed|retry";
  if (state == "dead_lettered") return "jobgate dlq retry " + id;
  if (state == "running") return "jobgate logs " + id + " --follow";
  if (state == "failed" || state == "canceled") {
    const std::string successor = TextAt(job, "retriedAs");
    return successor.empty() ? "jobgate retry " + id : "jobgate show " + successor;
  }
  return "";
}

std::string JobTable(const Json& jobs, const Look& look) {
  Table table({kIdColumn,
               {"STATE"},
               {"ENTRYPOINT", 8, 4},
               {"PRIORITY", 0, 1},
               {"CREATED", 0, 3, true},
               {"BY", 6, 2},
               {"NOTE", 12, 5}});
  for (const Json& job : jobs) {
    const std::string state = TextAt(job, "state");
    const auto created = TimeAt(job, "createdAt");
    table.Add({TextAt(job, "id"),
               {state, ColorOfState(state)},
               TextAt(job, "entrypoint"),
               TextAt(job, "priority"),
               {created ? RelativeTime(look.now, *created) : "", Color::kDim},
               TextAt(job, "requester"),
               JobNote(job, look.now)});
  }
  return table.empty() ? "no jobs match\n" : table.Render(look);
}

}  // namespace jobgate
