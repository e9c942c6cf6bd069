#include "src/cli/commands/store_answers.h"

#include <filesystem>

#include "src/cli/text.h"
#include "src/cli/view/fields.h"

namespace jobgate {

Result<std::string> AbsolutePath(Session& session, const std::string& path) {
  auto here = session.world().files.CurrentDirectory();
  if (!here) return here;
  return (std::filesystem::path(*here) / path).lexically_normal().string();
}

void Print(Session& session, const Json& answer, const std::string& page) {
  if (session.json())
    session.OutJson(answer);
  else
    session.Out(page);
}

std::string ReplacementText(const Json& report) {
  std::string text = "the store has " + Counted(NumberAt(report, "jobs").value_or(0), "job") +
                     " and events up to " + TextAt(report, "lastEventSeq") + " now";
  if (const std::string kept = TextAt(report, "keptAs"); !kept.empty())
    text += "; what was there is kept as " + kept;
  return OneLine(text) + "\n";
}

}  // namespace jobgate
