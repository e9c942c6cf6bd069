#include "store/sqlite/send_records.h"

#include <string>

#include "store/sqlite/attempts.h"
#include "store/sqlite/events.h"
#include "store/sqlite/job_row.h"
#include "store/sqlite/outbox.h"

namespace jobgate::sqlite {
namespace {

int64_t Number(SqliteConnection& db, const std::string& sql) {
  return db.db().execAndGet(sql).getInt64();
}

record::Setting ReadSetting(SqliteQuery& row) {
  record::Setting setting;
  setting.key = row.Text();
  setting.value = row.Text();
  return setting;
}

IdempotencyRecord ReadKey(SqliteQuery& row) {
  IdempotencyRecord key;
  key.key = row.Text();
  key.job_id = row.Text();
  key.request_hash = row.Text();
  return key;
}

template <typename Read>
Result<void> Send(SqliteConnection& db, const std::string& sql, Read read, RecordSink& to) {
  SqliteQuery row = db.Use(sql);
  while (row.Step()) JOBGATE_TRY(to.Put(read(row)));
  return {};
}

}  // namespace

RecordCounts CountRecords(SqliteConnection& db) {
  RecordCounts counts;
  counts.settings = Number(db, "SELECT count(*) FROM settings");
  counts.jobs = Number(db, "SELECT count(*) FROM jobs");
  counts.attempts = Number(db, "SELECT count(*) FROM attempts");
  counts.keys = Number(db, "SELECT count(*) FROM idempotency_keys");
  counts.outbox = Number(db, "SELECT count(*) FROM outbox");
  counts.events = Number(db, "SELECT count(*) FROM events");
  counts.first_event = Number(db, "SELECT ifnull(min(seq), 0) FROM events");
  counts.last_event = Number(db, "SELECT ifnull(max(seq), 0) FROM events");
  return counts;
}

Result<void> SendRecords(SqliteConnection& db, RecordSink& to) {
  const OneView view(db);
  JOBGATE_TRY(to.Begin(CountRecords(db)));
  JOBGATE_TRY(Send(db, "SELECT key, value FROM settings ORDER BY key", ReadSetting, to));
  JOBGATE_TRY(Send(db, kSelectJob + "ORDER BY id", ReadJob, to));
  JOBGATE_TRY(Send(db, kSelectAttempt + "ORDER BY job_id, number", ReadAttempt, to));
  JOBGATE_TRY(
      Send(db, "SELECT key, job_id, request_hash FROM idempotency_keys ORDER BY key", ReadKey, to));
  JOBGATE_TRY(Send(db, kSelectMessage + "ORDER BY id", ReadMessage, to));
  return Send(db, kSelectEvent + "ORDER BY seq", ReadEvent, to);
}

}  // namespace jobgate::sqlite
