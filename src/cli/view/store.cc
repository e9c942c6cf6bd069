#include "src/cli/view/store.h"

#include "src/cli/text.h"
#include "src/cli/view/fields.h"
#include "src/cli/view/sections.h"
#include "src/cli/view/table.h"

namespace jobgate {
namespace {

std::vector<Fact> NumbersIn(const Json& object, bool bytes) {
  std::vector<Fact> facts;
  for (const auto& [name, number] : object.items())
    facts.emplace_back(name, bytes ? FormatBytes(number.get<double>()) : Canonical(number));
  return facts;
}

std::string Text(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : Canonical(value);
}

}  // namespace

std::string StorePage(const Json& stats, const Look& look) {
  std::string page = Facts({{"type", TextAt(stats, "type")},
                            {"path", TextAt(stats, "path")},
                            {"schema", "version " + TextAt(stats, "schemaVersion")},
                            {"oldest job", MomentInFull(TimeAt(stats, "oldestJobAt"), look)},
                            {"last event", TextAt(stats, "lastEventSeq")},
                            {"written", MomentInFull(TimeAt(stats, "newestEventAt"), look)}},
                           look);
  page += Section("Files", Facts(NumbersIn(At(stats, "bytes"), true), look), look);
  page += Section("Records", Facts(NumbersIn(At(stats, "records"), false), look), look);
  page += Section("Jobs", Facts(NumbersIn(At(stats, "states"), false), look), look);
  return page;
}

std::string VerificationPage(const Json& verification, const Look& look) {
  std::vector<Fact> facts;
  std::string findings;
  std::string notes;
  for (const Json& check : ListAt(verification, "checks")) {
    const std::string name = TextAt(check, "name");
    const Json& found = ListAt(check, "findings");
    facts.emplace_back(name,
                       (found.empty() ? "sound: " : "NOT SOUND: ") + TextAt(check, "lookedAt"));
    for (const Json& finding : found)
      findings += "  " + OneLine(name + ": " + Text(finding)) + "\n";
    for (const Json& note : ListAt(check, "notes"))
      notes += "  " + OneLine(name + ": " + Text(note)) + "\n";
  }
  std::string page = Facts(facts, look);
  if (!findings.empty()) page += "\nFindings\n" + findings;
  if (!notes.empty()) page += "\nNotes\n" + notes;
  return page;
}

std::string AnswerTable(const Json& answer, const Look& look) {
  std::vector<Column> columns;
  for (const std::string& name : TextsAt(answer, "columns")) columns.push_back({name, 8});
  if (columns.empty()) return "";
  Table table(columns);
  for (const Json& row : ListAt(answer, "rows")) {
    std::vector<Cell> cells;
    for (const Json& value : row) cells.emplace_back(Text(value));
    table.Add(std::move(cells));
  }
  return table.Render(look);
}

}  // namespace jobgate
