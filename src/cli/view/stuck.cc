#include "src/cli/view/stuck.h"

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/table.h"

namespace jobgate {

std::string StuckTable(const Json& jobs, const Look& look) {
  Table table({kIdColumn,
               {"ENTRYPOINT", 8},
               {"ATTEMPT", 0, 1, true},
               {"RUNNING", 0, 0, true},
               {"TIMEOUT", 0, 2, true},
               {"NOTE", 8, 3}});
  for (const Json& one : jobs) {
    const Json& job = At(one, "job");
    const auto timeout = NumberAt(one, "timeoutMs");
    table.Add({TextAt(job, "id"),
               TextAt(job, "entrypoint"),
               TextAt(one, "attempt"),
               {FormatDuration(Duration(CountAt(one, "runningMs"))), Color::kYellow},
               timeout ? FormatDuration(Duration(*timeout)) : "",
               FlagAt(one, "stopping") ? "is being stopped" : TextAt(job, "progress")});
  }
  return table.empty() ? "nothing runs for that long\n" : table.Render(look);
}

std::string ErrorsPage(const Json& errors, const Look& look) {
  Table table({{"COUNT", 0, 0, true},
               {"LAST", 0, 1, true},
               {"ENTRYPOINTS", 10, 2},
               {"ERROR", 20},
               {"NEWEST JOB", 0, 3}});
  for (const Json& group : ListAt(errors, "groups")) {
    std::vector<std::string> entrypoints;
    if (At(group, "entrypoints").is_object())
      for (const auto& [name, count] : At(group, "entrypoints").items())
        entrypoints.push_back(name);
    const auto last = TimeAt(group, "lastAt");
    const std::vector<std::string> jobs = TextsAt(group, "jobs");
    table.Add({TextAt(group, "count"),
               {last ? RelativeTime(look.now, *last) : "", Color::kDim},
               Join(entrypoints, ", "),
               {TextAt(group, "pattern"), Color::kRed},
               jobs.empty() ? "" : jobs.front()});
  }
  if (table.empty()) return "nothing failed\n";
  const bool truncated = FlagAt(errors, "truncated");
  return table.Render(look) +
         (truncated ? "only the last " + TextAt(errors, "examined") + " failures were looked at\n"
                    : "");
}

}  // namespace jobgate
