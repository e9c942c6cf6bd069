#include "store/jsonl/jsonl_verify.h"

#include <string>
#include <utility>

#include "store/jsonl/send_records.h"
#include "store/sqlite/loaded_tables.h"
#include "store/sqlite/sqlite_verify.h"

namespace jobgate::jsonl {
namespace {

constexpr int64_t kNoBound = INT64_C(1) << 40;  // but that of the disk

StoreCheck FilesCheck(const LogPaths& paths, const Reading& reading, size_t files) {
  StoreCheck check{"files",
                   std::to_string(files) + (files == 1 ? " file, " : " files, ") +
                       std::to_string(reading.lines) + " lines, every one of " +
                       std::to_string(reading.bytes_all) + " bytes",
                   {}};
  for (const Damage& damage : reading.damages) check.findings.push_back(damage.error.message);
  if (const std::string torn = reading.TornEnd(paths); !torn.empty())
    check.notes.push_back(torn + "; the next start cuts them off");
  return check;
}

}  // namespace

Result<VerifyReport> Verify(const LogPaths& paths, const std::vector<OpenedFile>& files,
                            const std::stop_token& stop) {
  const auto reading = ReadFiles(paths, files, {.past_damage = true, .stop = stop});
  if (!reading) return Fail(reading.error());
  for (const Damage& damage : reading->damages)
    if (damage.is_newer) return Fail(damage.error);
  VerifyReport report;
  report.checks.push_back(FilesCheck(paths, *reading, files.size()));
  if (!report.IsSound()) return report;  // what the rules say of such files means nothing
  auto tables = sqlite::LoadedTables::Make(kNoBound);
  if (!tables) return Fail(std::move(tables).error());
  StoreCheck records{"records", "each record by itself", {}};
  if (auto sent = SendRecords(reading->view, **tables, stop); !sent) {
    if (sent.error().code != Code::kInternal) return Fail(std::move(sent).error());
    records.findings.push_back(sent.error().message);
  }
  report.checks.push_back(std::move(records));
  if (!report.IsSound()) return report;
  JOBGATE_TRY((*tables)->Finish());
  (*tables)->AddChecks(report);
  return report;
}

}  // namespace jobgate::jsonl
