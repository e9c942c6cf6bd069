#include "src/cli/view/dead_letters.h"

#include <algorithm>

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/sections.h"
#include "src/cli/view/story.h"
#include "src/cli/view/table.h"

namespace jobgate {
namespace {

constexpr size_t kLinesShown = 10;  // of each log

// The last lines of a log, each made harmless.
std::string LastLines(const std::string& log) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < log.size();) {
    const size_t end = std::min(log.find('\n', at), log.size());
    lines.push_back(OneLine(log.substr(at, end - at)));
    at = end + 1;
  }
  std::string text;
  for (size_t i = lines.size() - std::min(lines.size(), kLinesShown); i < lines.size(); ++i)
    text += lines[i] + "\n";
  return text;
}

std::string LogSections(const Json& history, const Look& look) {
  std::string text;
  for (const Json& attempt : history)
    for (const char* stream : {"stdout", "stderr"})
      text += Section("Attempt " + TextAt(attempt, "number") + ", end of " + stream,
                      LastLines(TextAt(attempt, (std::string(stream) + "Tail").c_str())), look);
  return text;
}

}  // namespace

std::string DeadLetterTable(const Json& entries, const Look& look) {
  Table table({kIdColumn,
               {"ENTRYPOINT", 8},
               {"ADDED", 0, 2, true},
               {"ATTEMPTS", 0, 1, true},
               {"REASON", 12}});
  for (const Json& entry : entries) {
    const auto added = TimeAt(entry, "addedAt");
    table.Add({TextAt(At(entry, "job"), "id"),
               TextAt(At(entry, "job"), "entrypoint"),
               {added ? RelativeTime(look.now, *added) : "", Color::kDim},
               TextAt(entry, "attempts"),
               TextAt(entry, "reason")});
  }
  return table.empty() ? "the dead-letter queue is empty\n" : table.Render(look);
}

std::string DeadLetterPage(const Json& entry, const Look& look) {
  Story story;
  story.job = At(entry, "job");
  story.attempts = ListAt(entry, "history");
  const auto added = TimeAt(entry, "addedAt");
  return "dead-lettered " + (added ? RelativeTime(look.now, *added) : "") + ": " +
         OneLine(TextAt(entry, "reason")) + "\n\n" + StoryPage(story, look) +
         LogSections(ListAt(entry, "history"), look) +
         (FlagAt(entry, "logsRemoved")
              ? Section("Logs", "not there any more: history.maxLogBytes has removed them\n", look)
              : "");
}

}  // namespace jobgate
