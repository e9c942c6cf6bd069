#include "store/sqlite/settings.h"

namespace jobgate::sqlite {

std::optional<std::string> GetSetting(SqliteConnection& db, std::string_view key) {
  SqliteQuery query = db.Use("SELECT value FROM settings WHERE key = ?");
  if (!query.Bind(key).Step()) return std::nullopt;
  return query.Text();
}

void PutSetting(SqliteConnection& db, std::string_view key, std::string_view value) {
  db.Use(
        "INSERT INTO settings (key, value) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value")
      .Bind(key)
      .Bind(value)
      .Run();
}

std::optional<IdempotencyRecord> FindIdempotencyKey(SqliteConnection& db, std::string_view key) {
  SqliteQuery query =
      db.Use("SELECT key, job_id, request_hash FROM idempotency_keys WHERE key = ?");
  if (!query.Bind(key).Step()) return std::nullopt;
  IdempotencyRecord record;
  record.key = query.Text();
  record.job_id = query.Text();
  record.request_hash = query.Text();
  return record;
}

void PutIdempotencyKey(SqliteConnection& db, const IdempotencyRecord& record) {
  db.Use(
        "INSERT INTO idempotency_keys (key, job_id, request_hash, ended_at) "
        "VALUES (?1, ?2, ?3, (SELECT finished_at FROM jobs WHERE id = ?2))")
      .Bind(record.key)
      .Bind(record.job_id)
      .Bind(record.request_hash)
      .Run();
}

void DropIdempotencyKey(SqliteConnection& db, std::string_view key) {
  db.Use("DELETE FROM idempotency_keys WHERE key = ?").Bind(key).Run();
}

int DropIdempotencyKeys(SqliteConnection& db, Time ended_before) {
  return db
      .Use(
          "DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys "
          "INDEXED BY idempotency_keys_ended WHERE ended_at < ? LIMIT 1000)")
      .Bind(ended_before)
      .Run();
}

}  // namespace jobgate::sqlite
