#include "src/cli/view/operation.h"

#include <array>

#include "src/cli/text.h"
#include "src/cli/view/approval_figures.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/sections.h"
#include "src/cli/view/table.h"

namespace jobgate {
namespace {

constexpr int kConditionNames = 7;  // of "command", the longest

std::string WorkerCondition(const Json& worker) {
  if (FlagAt(worker, "draining")) return "draining: takes no new jobs, waits for those that run";
  if (FlagAt(worker, "stopped")) return "stopped: `jobgate worker start` starts it";
  const Json& enabled = At(worker, "enabled");
  if (enabled.is_boolean() && !enabled.get<bool>())
    return "disabled by worker.enabled in the settings";
  const Json& connected = At(worker, "supervisorConnected");
  if (connected.is_boolean() && !connected.get<bool>()) return "waits for its supervisor";
  if (FlagAt(worker, "running") && FlagAt(worker, "dryRun"))
    return "running dry: jobs end as succeeded and nothing is executed (worker.dryRun)";
  return FlagAt(worker, "running") ? "running" : "not running, see `jobgate health`";
}

std::string RunningTable(const Json& jobs, const Look& look) {
  Table table({kIdColumn,
               {"ENTRYPOINT", 8},
               {"STEP", 6, 2},
               {"ATTEMPT", 0, 1, true},
               {"RUNNING", 0, 0, true},
               {"NOTE", 8, 3}});
  for (const Json& job : jobs)
    table.Add({TextAt(job, "id"),
               TextAt(job, "entrypoint"),
               TextAt(job, "step"),
               TextAt(job, "attempt"),
               FormatDuration(Duration(CountAt(job, "runningMs"))),
               {StopInWords(At(job, "stop")), Color::kYellow}});
  return table.Render(look);
}

std::string CountsTable(const Json& counts, const char* title, const Look& look) {
  Table table({{title}, {"JOBS", 0, 0, true}});
  static constexpr std::array kOrder = {
      "queued",    "waiting_approval", "running",  "interrupted", "dead_lettered",
      "succeeded", "failed",           "canceled", "total",       "critical",
      "high",      "normal",           "low",      "background"};
  for (const char* name : kOrder)
    if (counts.is_object() && counts.contains(name))
      table.Add({{name, ColorOfState(name)}, TextAt(counts, name)});
  return table.Render(look);
}

std::string EntrypointTable(const Json& entrypoints, const Look& look) {
  Table table({{"ENTRYPOINT", 8},
               {"SUCCEEDED", 0, 0, true},
               {"FAILED", 0, 0, true},
               {"TIMED OUT", 0, 4, true},
               {"CANCELED", 0, 2, true},
               {"INTERRUPTED", 0, 3, true},
               {"MEAN", 0, 5, true}});
  if (!entrypoints.is_object()) return "";
  for (const auto& [name, figures] : entrypoints.items()) {
    const auto mean = NumberAt(figures, "meanMs");
    const int64_t failed = CountAt(figures, "failed") + CountAt(figures, "spawn_failed");
    table.Add({name,
               std::to_string(CountAt(figures, "succeeded")),
               {std::to_string(failed), failed > 0 ? Color::kRed : Color::kPlain},
               std::to_string(CountAt(figures, "timed_out")),
               std::to_string(CountAt(figures, "canceled")),
               std::to_string(CountAt(figures, "interrupted")),
               mean ? FormatDuration(Duration(*mean)) : ""});
  }
  return table.Render(look);
}

std::string ConditionLines(const Json& condition, const Look& look) {
  const Look whole = {look.now, 0, look.colors};  // a command is for typing
  return "\n" + Paint(look, Color::kBold, OneLine(TextAt(condition, "detail"))) + "\n" +
         Facts({{"since", MomentInFull(TimeAt(condition, "since"), look)},
                {"until", MomentInFull(TimeAt(condition, "until"), look)},
                {"who", TextAt(condition, "who")}},
               look, kConditionNames) +
         Facts({{"command", TextAt(condition, "command")}}, whole, kConditionNames);
}

}  // namespace

std::string WorkerPage(const Json& worker, const Look& look) {
  const Json& jobs = ListAt(worker, "jobs");
  const auto last = TimeAt(worker, "lastProcessedAt");
  const std::string facts = Facts(
      {{"slots", SlotsInWords(std::ssize(jobs), CountAt(worker, "maxConcurrent")) + " in use"},
       {"daemon up", FormatDuration(Duration(CountAt(worker, "uptimeMs")))},
       {"processed", ProcessedInWords(worker)},
       {"last", last ? RelativeTime(look.now, *last) : ""}},
      look);
  const std::string running = RunningTable(jobs, look);
  return "worker " + WorkerCondition(worker) + "\n" + facts +
         (running.empty() ? "" : "\n" + running);
}

std::string StatsPage(const Json& stats, const Look& look) {
  const Json& worker = At(stats, "worker");
  const std::string entrypoints = EntrypointTable(At(stats, "entrypoints"), look);
  const std::string rate = TextAt(worker, "successRatePercent");
  return CountsTable(At(stats, "states"), "STATE", look) + "\n" +
         CountsTable(At(stats, "byPriority"), "QUEUED BY PRIORITY", look) + "\n" +
         Paint(look, Color::kBold,
               "Since the daemon's start, " +
                   FormatDuration(Duration(CountAt(worker, "uptimeMs"))) + " ago") +
         "\n" +
         Facts({{"processed", TextAt(worker, "processed")},
                {"succeeded", TextAt(worker, "succeeded")},
                {"failed", TextAt(worker, "failed")},
                {"success rate", rate.empty() ? "" : rate + " % of the last attempts"}},
               look) +
         (entrypoints.empty() ? "" : "\n" + entrypoints) +
         ApprovalFigures(At(stats, "approvals"), look);
}

std::string ExplanationPage(const Json& explanation, const Look& look) {
  const std::string state = TextAt(explanation, "state");
  std::string text = Paint(look, Color::kBold, OneLine(TextAt(explanation, "id"))) + "  " +
                     Paint(look, ColorOfState(state), OneLine(state)) + "\n" +
                     OneLine(TextAt(explanation, "summary")) + "\n";
  for (const Json& condition : ListAt(explanation, "conditions"))
    text += ConditionLines(condition, look);
  return text;
}

}  // namespace jobgate
