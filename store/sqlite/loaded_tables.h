// The records of another kind of store in tables of SQLite, so that the same questions and rules
// apply to them. The tables are temporary and nobody else's: SQLite removes their file's name as
// soon as it has made it, and needs it only beyond a bounded cache.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "store/sqlite/connection.h"
#include "store/sqlite/job_counts.h"
#include "store/transfer/record_sink.h"
#include "store/upkeep.h"

namespace jobgate::sqlite {

class LoadedTables final : public RecordSink {
 public:
  // Holds `bytes_max` at most. Errors: kStoreFault where the environment gives no temporary file.
  static Result<std::unique_ptr<LoadedTables>> Make(int64_t bytes_max);

  // Errors: kTooLarge beyond the bound; kInternal for a record that breaks a rule of the tables;
  // kStoreFault.
  Result<void> Begin(const RecordCounts& counts) override;
  Result<void> Put(const record::Setting& setting) override;
  Result<void> Put(const Job& job) override;
  Result<void> Put(const Attempt& attempt) override;
  Result<void> Put(const IdempotencyRecord& key) override;
  Result<void> Put(const OutboxMessage& message) override;
  Result<void> Put(const Event& event) override;

  // Once all are put.
  Result<void> Finish();
  // Once it is finished.
  SqliteConnection& db() { return *db_; }
  void AddChecks(VerifyReport& report);

 private:
  explicit LoadedTables(std::unique_ptr<SqliteConnection> db) : db_(std::move(db)) {}

  template <typename Fn>
  Result<void> Run(const std::string& what, Fn fn);

  const std::unique_ptr<SqliteConnection> db_;
  JobCounts counts_;
};

}  // namespace jobgate::sqlite
