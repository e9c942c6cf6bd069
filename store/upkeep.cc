#include "store/upkeep.h"

#include "src/base/check.h"
#include "store/jsonl/jsonl_upkeep.h"
#include "store/sqlite/sqlite_upkeep.h"

namespace jobgate {

std::vector<std::pair<std::string, int64_t>> FiguresOf(const RecordCounts& counts) {
  return {{"jobs", counts.jobs},     {"attempts", counts.attempts},
          {"events", counts.events}, {"idempotencyKeys", counts.keys},
          {"outbox", counts.outbox}, {"settings", counts.settings}};
}

std::string VerifyReport::FirstFlaw() const {
  for (const StoreCheck& check : checks)
    if (!check.is_history && !check.findings.empty())
      return check.name + ": " + check.findings.front();
  return "";
}

std::unique_ptr<StoreUpkeep> UpkeepOf(std::string_view type, const std::string& path) {
  if (type == "jsonl") return std::make_unique<JsonlUpkeep>(path);
  JOBGATE_CHECK(type == "sqlite", "the settings name a kind of store that there is");
  return std::make_unique<SqliteUpkeep>(path);
}

}  // namespace jobgate
