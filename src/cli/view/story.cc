#include "src/cli/view/story.h"

#include <vector>

#include "src/cli/text.h"
#include "src/cli/view/approvals.h"
#include "src/cli/view/events.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/jobs.h"
#include "src/cli/view/sections.h"
#include "src/cli/view/table.h"

namespace jobgate {
namespace {

std::string Heading(const Json& job, const Look& look) {
  const std::string id = OneLine(TextAt(job, "id"));
  const std::string entrypoint = OneLine(TextAt(job, "entrypoint"));
  const std::string state = OneLine(TextAt(job, "state"));
  std::string note = OneLine(JobNote(job, look.now));
  if (!note.empty()) note = " (" + note + ")";
  const int used = DisplayWidth(id + "  " + entrypoint + "  " + state);
  if (look.columns > 0) note = Shorten(note, look.columns - used);
  return Paint(look, Color::kBold, id) + "  " + entrypoint + "  " +
         Paint(look, ColorOfState(state), state) + note + "\n";
}

std::string Ending(const Json& job) {
  if (const auto code = NumberAt(job, "exitCode")) return "exit " + std::to_string(*code);
  if (const auto signal = NumberAt(job, "signal")) return "signal " + std::to_string(*signal);
  return "";
}

std::string UsageInWords(const Json& usage) {
  const int64_t cpu = CountAt(usage, "cpuMs");
  const int64_t memory = CountAt(usage, "maxRssBytes");
  if (cpu == 0 && memory == 0) return "";
  return FormatDuration(Duration(cpu)) + " CPU, " + FormatBytes(static_cast<double>(memory)) +
         " memory";
}

std::string Linked(const std::string& id, bool gone) {
  return id.empty() || !gone ? id : id + ", no longer in the history";
}

std::string JobFacts(const Story& story, const Look& look) {
  const Json& job = story.job;
  const std::string tries = std::to_string(CountAt(job, "attempts")) + ", try " +
                            std::to_string(CountAt(job, "tries")) + " of " +
                            std::to_string(CountAt(job, "maxAttempts"));
  return Facts({{"requester", TextAt(job, "requester")},
                {"priority", TextAt(job, "priority")},
                {"created", MomentInFull(TimeAt(job, "createdAt"), look)},
                {"started", MomentInFull(TimeAt(job, "startedAt"), look)},
                {"finished", MomentInFull(TimeAt(job, "finishedAt"), look)},
                {"runs after", MomentInFull(TimeAt(job, "runAfter"), look)},
                {"waits for", TextAt(At(job, "waitsFor"), "detail")},
                {"attempts", CountAt(job, "attempts") > 0 ? tries : ""},
                {"ended with", Ending(job)},
                {"error", TextAt(job, "lastError")},
                {"progress", TextAt(job, "progress")},
                {"result", TextAt(job, "result")},
                {"usage", UsageInWords(At(job, "usage"))},
                {"correlation", TextAt(job, "correlationId")},
                {"key", TextAt(job, "idempotencyKey")},
                {"reference", TextAt(job, "refId")},
                {"plan hash", TextAt(job, "planHash")},
                {"issue", IssueInWords(job)},
                {"git commit", TextAt(job, "gitCommit")},
                {"settings", TextAt(job, "configRevision")},
                {FlagAt(job, "replay") ? "replay of" : "retry of",
                 Linked(TextAt(job, "parentId"), story.parent_gone)},
                {"debug", FlagAt(job, "debug") ? "JOBGATE_DEBUG is set" : ""},
                {"retried as", Linked(TextAt(job, "retriedAs"), story.child_gone)}},
               look);
}

std::string ParamLines(const Json& params, const Look& look) {
  std::vector<Fact> facts;
  if (!params.is_object()) return "";
  for (const auto& [name, value] : params.items())
    facts.emplace_back(OneLine(name), Canonical(value));
  return Facts(facts, look);
}

// Where the job is in its steps: done, the current one, and those to come.
std::string StepLines(const Story& story, const Look& look) {
  const std::string current = TextAt(story.job, "step");
  const std::string state = TextAt(story.job, "state");
  if (story.steps.size() < 2 && !FlagAt(story.steps.empty() ? Json() : story.steps[0], "gated"))
    return "";
  bool passed = true;
  std::string text;
  for (const Json& step : story.steps) {
    const std::string name = TextAt(step, "name");
    const bool here = name == current;
    const bool done = (passed && !here) || state == "succeeded";
    if (here) passed = false;
    const std::string mark = done ? "✓" : here ? "▸" : "·";
    const std::string where = here && !done ? "  " + Paint(look, ColorOfState(state), state) : "";
    text += "  " + mark + " " + OneLine(name) + (FlagAt(step, "gated") ? "  (gated)" : "") + where +
            "\n";
  }
  return text;
}

std::string Took(const Json& attempt, Time now) {
  const auto started = TimeAt(attempt, "startedAt");
  if (!started) return "";
  return FormatDuration(TimeAt(attempt, "endedAt").value_or(now) - *started);
}

std::string AttemptTable(const Json& attempts, const Look& look) {
  Table table({{"#", 0, 0, true},
               {"STEP", 6},
               {"OUTCOME"},
               {"EXIT", 0, 5},
               {"STARTED", 0, 3, true},
               {"TOOK", 0, 4, true},
               {"CPU", 0, 1, true},
               {"MEMORY", 0, 2, true},
               {"ERROR", 12, 6}});
  for (const Json& attempt : attempts) {
    const auto started = TimeAt(attempt, "startedAt");
    const std::string outcome = TextAt(attempt, "outcome");
    const Json& usage = At(attempt, "usage");
    const bool ended = !outcome.empty();
    const Color color = outcome == "succeeded" ? Color::kGreen : ended ? Color::kRed : Color::kBlue;
    table.Add({TextAt(attempt, "number"),
               TextAt(attempt, "step"),
               {!ended                      ? "running"
                : FlagAt(attempt, "dryRun") ? outcome + " (dry run)"
                                            : outcome,
                color},
               Ending(attempt),
               started ? RelativeTime(look.now, *started) : "",
               Took(attempt, look.now),
               ended ? FormatDuration(Duration(CountAt(usage, "cpuMs"))) : "",
               ended ? FormatBytes(DecimalAt(usage, "maxRssBytes")) : "",
               TextAt(attempt, "error")});
  }
  const Look narrower = {look.now, look.columns > 0 ? look.columns - 2 : 0, look.colors};
  return table.Render(narrower);
}

std::string DecisionLines(const Json& approvals, const Look& look) {
  std::string text;
  for (const Json& approval : approvals) {
    const auto at = TimeAt(approval, "at");
    text += OneLine("  " + TextAt(approval, "by") + " approved " +
                    (at ? RelativeTime(look.now, *at) : "") + " via " + TextAt(approval, "via") +
                    ", digest " + Digest12(TextAt(approval, "digest"))) +
            "\n";
  }
  return text;
}

std::string TimelineLines(const Json& events, const Look& look) {
  std::string text;
  for (const Json& event : events) {
    if (TextAt(event, "type") == "job:progress") continue;
    const auto at = TimeAt(event, "at");
    std::string when = at ? RelativeTime(look.now, *at) : "";
    when.insert(0, static_cast<size_t>(std::max(0, 8 - DisplayWidth(when))), ' ');
    std::string words = OneLine(EventInWords(event, look.now));
    if (look.columns > 0) words = Shorten(words, std::max(8, look.columns - 12));
    text += "  " + Paint(look, Color::kDim, when) + "  " + words + "\n";
  }
  return text;
}

std::string Titled(const std::string& title, const std::string& lines, const Look& look) {
  return lines.empty() ? "" : "\n" + Paint(look, Color::kBold, title) + "\n" + lines;
}

}  // namespace

std::string StoryPage(const Story& story, const Look& look) {
  const std::string approve = TextAt(story.approval, "approve");
  const std::string next = approve.empty() ? NextCommand(story.job) : approve;
  return Heading(story.job, look) + JobFacts(story, look) +
         Titled("Params", ParamLines(At(story.job, "params"), look), look) +
         Titled("Steps", StepLines(story, look), look) +
         Titled("Waits for approval",
                story.approval.is_object() ? ApprovalFacts(story.approval, look) : "", look) +
         Titled("Approvals", DecisionLines(ListAt(story.job, "approvals"), look), look) +
         Section("Attempts", AttemptTable(story.attempts, look), look) +
         Titled("Timeline", TimelineLines(story.events, look), look) +
         Titled("Next", next.empty() ? "" : "  " + next + "\n", look);
}

}  // namespace jobgate
