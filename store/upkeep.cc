#include "store/upkeep.h"

#include "store/sqlite/sqlite_upkeep.h"

namespace jobgate {
namespace {

// Of a store type that has none yet.
class NoUpkeep final : public StoreUpkeep {
 public:
  explicit NoUpkeep(std::string_view type)
      : why_({Code::kConflict, "a store of the type " + std::string(type) +
                                   " has none of this yet: copy its files while no daemon runs, as "
                                   "docs/store-format.md "
                                   "says"}) {}

  Result<StoreFigures> Figures() override { return Fail(why_); }
  Result<VerifyReport> Verify() override { return Fail(why_); }
  Result<BackupReport> Backup(const std::string&) override { return Fail(why_); }
  Result<QueryResult> Query(const std::string&, const QueryLimits&) override { return Fail(why_); }
  void Interrupt() override {}
  Result<void> Checkpoint() override { return Fail(why_); }
  Result<MigrationReport> Migrate() override { return Fail(why_); }
  Result<ReplacementReport> Restore(const std::string&) override { return Fail(why_); }
  Result<ReplacementReport> Rebuild(const std::function<Result<void>(Store&)>&) override {
    return Fail(why_);
  }

 private:
  const Error why_;
};

}  // namespace

std::unique_ptr<StoreUpkeep> UpkeepOf(std::string_view type, const std::string& path) {
  if (type == "sqlite") return std::make_unique<SqliteUpkeep>(path);
  return std::make_unique<NoUpkeep>(type);
}

}  // namespace jobgate
