#include "approvals/text/comment_text.h"

#include <map>
#include <string_view>

#include "approvals/text/quoted.h"
#include "src/base/json.h"

namespace jobgate {
namespace {

constexpr size_t kReasonBytesMax = 4096;

struct Told {
  const Json& payload;
  const Event& event;
  const Job& job;
  const LogTails& logs;

  std::string Text(const char* key) const {
    const auto found = payload.find(key);
    return found != payload.end() && found->is_string() ? found->get<std::string>() : "";
  }
};

using Render = std::string (*)(const Told&);

// Cut, so that what stands around it fits on an issue too.
std::string Reason(const std::string& reason) {
  return reason.empty() ? "" : "\n\n" + FencedHead(reason, kReasonBytesMax);
}

std::string Approved(const Told& told) {
  std::string text = "Approved by " + InlineCode(told.Text("by")) + " (" + told.Text("via") +
                     "), digest `" + told.Text("digest").substr(0, 12) + "`.";
  if (const auto missing = told.payload.find("approvalsMissing"); missing != told.payload.end())
    return text + " " + missing->dump() +
           " more needed, by others: each with another label, or `/approve " +
           told.Text("digest").substr(0, 12) + "`.";
  return text + " Step " + InlineCode(told.job.step_name) + " goes on.";
}

std::string Refused(const Told& told) {
  return "Did not count: " + InlineCode(told.Text("what")) + " by " + InlineCode(told.Text("by")) +
         "." + Reason(told.Text("reason"));
}

std::string Revoked(const Told& told) {
  return "The approval by " + InlineCode(told.Text("by")) + " no longer counts." +
         Reason(told.Text("reason"));
}

std::string Rejected(const Told& told) {
  return "Rejected by " + InlineCode(told.Text("by")) + " (" + told.Text("via") +
         "). Nothing runs." + Reason(told.Text("reason"));
}

std::string Expiring(const Told& told) {
  return "This is not approved yet; the request expires at " + told.Text("expiresAt") + ".";
}

std::string Expired(const Told& told) {
  return "The request expired at " + told.Text("expiredAt") + ". Nothing runs; `jobgate retry " +
         told.job.id + "` asks again.";
}

std::string Extended(const Told& told) {
  if (!told.event.actor)
    return "This could be asked for only now, so the request expires at " + told.Text("expiresAt") +
           ".";
  const auto now = ParseTime(told.Text("expiresAt")), before = ParseTime(told.Text("insteadOf"));
  const std::string how = now && before && *now < *before ? "less" : "more";
  return InlineCode(*told.event.actor) + " gave the request " + how + " time: until " +
         told.Text("expiresAt") + ".";
}

std::string Drifted(const Told& told) {
  std::string lines;
  if (const auto differences = told.payload.find("differences"); differences != told.payload.end())
    for (const Json& line : *differences)
      if (line.is_string()) lines += line.get<std::string>() + "\n";
  const std::string what =
      told.payload.contains("planCheck")
          ? "Step " + InlineCode(told.Text("step")) + " ran once more and left something else than"
          : "What would run now is not";
  return what + " what was approved, so it did not start:\n" + FencedHead(lines, 16'384) +
         "\nIt is asked for anew.";
}

std::string Duration(const Job& job) {
  if (!job.started_at || !job.finished_at) return "";
  return " after " + FormatDuration(*job.finished_at - *job.started_at);
}

std::string Folded(const std::string& summary, const std::string& printed) {
  if (printed.empty()) return "";
  return "\n\n<details><summary>" + summary + "</summary>\n\n" + Fenced(printed) + "\n</details>";
}

std::string Ended(const Told& told, const std::string& how) {
  const Job& job = told.job;
  std::string text = how + Duration(job) + ".";
  if (job.last_error && job.state != JobState::kSucceeded) text += Reason(*job.last_error);
  if (job.result) text += "\n\nResult:\n" + FencedHead(*job.result, 8192, "json");
  return text + Folded("The end of what it printed", told.logs.out) +
         Folded("The end of what it printed to stderr", told.logs.err);
}

std::string Succeeded(const Told& told) {
  return Ended(told, "Succeeded");
}
std::string Failed(const Told& told) {
  return Ended(told, "Failed");
}
std::string DeadLettered(const Told& told) {
  return Ended(told, "Failed for good") + "\n\n`jobgate dlq retry " + told.job.id +
         "` runs it again.";
}
std::string Canceled(const Told& told) {
  return Ended(told, "Canceled by " + InlineCode(told.event.actor.value_or("somebody")));
}

std::string Interrupted(const Told& told) {
  return "Nobody knows how it ended: " + InlineCode(told.Text("reason")) +
         ". Look at what it did, then `jobgate resolve " + told.job.id + "`.";
}

std::string Resolved(const Told& told) {
  return "Resolved as " + InlineCode(told.Text("as")) + " by " +
         InlineCode(told.event.actor.value_or("somebody")) + "." + Reason(told.Text("reason"));
}

std::string Cleared(const Told& told) {
  return "Cleared from the dead-letter queue by " +
         InlineCode(told.event.actor.value_or("somebody")) + ": it does not run again.";
}
std::string Cleaned(const Told&) {
  return "Left the dead-letter queue, past its retention: it does not run again.";
}
std::string Evicted(const Told&) {
  return "Left the dead-letter queue, which was full: it does not run again.";
}

std::string Retried(const Told& told) {
  return "Retried as `" + told.Text("retriedAs") + "` by " +
         InlineCode(told.event.actor.value_or("somebody")) + "." + Reason(told.Text("note"));
}

const std::map<std::string_view, Render>& Renderers() {
  static const std::map<std::string_view, Render> renderers = {
      {"job:approved", Approved},        {"job:approval_refused", Refused},
      {"job:revoked", Revoked},          {"job:rejected", Rejected},
      {"job:expiring", Expiring},        {"job:expired", Expired},
      {"job:extended", Extended},        {"job:drifted", Drifted},
      {"job:succeeded", Succeeded},      {"job:failed", Failed},
      {"job:dlq", DeadLettered},         {"job:canceled", Canceled},
      {"job:interrupted", Interrupted},  {"job:resolved", Resolved},
      {"job:retried_from_dlq", Retried}, {"dlq:cleared", Cleared},
      {"dlq:cleaned", Cleaned},          {"dlq:evicted", Evicted}};
  return renderers;
}

}  // namespace

std::string MovedText(int64_t issue) {
  return "The job asks for its approval on #" + std::to_string(issue) +
         " from here on; what happens to it is told there.";
}

std::optional<std::string> CommentText(const Event& event, const Job& job, const LogTails& logs) {
  const auto found = Renderers().find(event.type);
  if (found == Renderers().end()) return std::nullopt;
  const auto payload = ParseJson(event.payload, kJsonDepthMaxAround);
  if (!payload) return std::nullopt;
  return found->second({*payload, event, job, logs});
}

}  // namespace jobgate
