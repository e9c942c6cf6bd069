#include "store/sqlite/loaded_tables.h"

#include <sqlite3.h>

#include "store/migrator/migrator.h"
#include "store/sqlite/attempts.h"
#include "store/sqlite/events.h"
#include "store/sqlite/jobs.h"
#include "store/sqlite/outbox.h"
#include "store/sqlite/settings.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/sqlite_verify.h"

namespace jobgate::sqlite {
namespace {

constexpr const char* kName = "a temporary file";

std::string NameOf(const Attempt& attempt) {
  return "attempt " + std::to_string(attempt.number) + " of " + attempt.job_id;
}

}  // namespace

Result<std::unique_ptr<LoadedTables>> LoadedTables::Make(int64_t bytes_max) {
  try {
    auto db = SqliteConnection::Temporary(bytes_max);
    JOBGATE_TRY(Migrate(db->db(), BuiltInMigrations()));
    return std::unique_ptr<LoadedTables>(new LoadedTables(std::move(db)));
  } catch (const SQLite::Exception& exception) {
    return Fail(ErrorOf(exception, kName));
  }
}

template <typename Fn>
Result<void> LoadedTables::Run(const std::string& what, Fn fn) {
  try {
    fn();
    return {};
  } catch (const SQLite::Exception& exception) {
    if (exception.getErrorCode() == SQLITE_FULL)
      return Fail(Code::kTooLarge,
                  "the store is too large for the place that there is for tables of it; `jobgate "
                  "store export` writes all of it as lines for jq");
    Error error = ErrorOf(exception, kName);
    if (error.code == Code::kInternal || error.code == Code::kConflict)
      return Fail(Code::kInternal, what + " breaks a rule: " + exception.what());
    return Fail(std::move(error));
  }
}

// What is loaded is never changed, nor rolled back.
Result<void> LoadedTables::Begin(const RecordCounts&) {
  return Run("the store", [&] { db_->Execute("BEGIN"); });
}

Result<void> LoadedTables::Put(const record::Setting& setting) {
  return Run("setting " + setting.key, [&] { PutSetting(*db_, setting.key, setting.value); });
}

Result<void> LoadedTables::Put(const Job& job) {
  return Run(job.id, [&] {
    InsertJob(*db_, job);
    counts_.Add(job.entrypoint, job.priority, job.state, 1);
  });
}

Result<void> LoadedTables::Put(const Attempt& attempt) {
  return Run(NameOf(attempt), [&] { InsertAttempt(*db_, attempt); });
}

Result<void> LoadedTables::Put(const IdempotencyRecord& key) {
  return Run("a key of " + key.job_id, [&] { PutIdempotencyKey(*db_, key); });
}

Result<void> LoadedTables::Put(const OutboxMessage& message) {
  return Run("message " + message.id, [&] { PutOutbox(*db_, message); });
}

Result<void> LoadedTables::Put(const Event& event) {
  return Run("event " + std::to_string(event.seq), [&] { WriteEvent(*db_, event); });
}

Result<void> LoadedTables::Finish() {
  return Run("the store", [&] { counts_.WriteTo(*db_); });
}

void LoadedTables::AddChecks(VerifyReport& report) {
  for (StoreCheck& check : CheckRules(*db_)) report.checks.push_back(std::move(check));
}

}  // namespace jobgate::sqlite
