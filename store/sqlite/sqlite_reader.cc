#include <utility>

#include "store/migrator/migrator.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/sqlite_store.h"

namespace jobgate {
namespace {

class SqliteReader final : public sqlite::Queries<StoreReader> {
 public:
  SqliteReader(std::string path, std::unique_ptr<SqliteConnection> db)
      : path_(std::move(path)), db_(std::move(db)) {}

 private:
  Result<SqliteConnection*> Usable() override { return db_.get(); }
  Error Failed(const SQLite::Exception& exception) override {
    return ErrorOf(exception, path_, db_->system_error());
  }

  const std::string path_;
  const std::unique_ptr<SqliteConnection> db_;
};

}  // namespace

Result<std::unique_ptr<StoreReader>> OpenSqliteReader(const std::string& path,
                                                      Duration busy_timeout) {
  try {
    std::unique_ptr<SqliteConnection> db = SqliteConnection::ForReading(path, busy_timeout);
    JOBGATE_TRY(CheckSchema(db->db(), BuiltInMigrations()));
    return std::make_unique<SqliteReader>(path, std::move(db));
  } catch (const SQLite::Exception& exception) {
    return Fail(ErrorOf(exception, path));
  }
}

}  // namespace jobgate
