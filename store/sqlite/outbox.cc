#include "store/sqlite/outbox.h"

#include "store/refusals.h"

namespace jobgate::sqlite {

const std::string kSelectMessage =
    "SELECT id, job_id, kind, request_json, created_at, parked FROM outbox ";

OutboxMessage ReadMessage(SqliteQuery& row) {
  OutboxMessage message;
  message.id = row.Text();
  message.job_id = row.Text();
  message.kind = row.Text();
  message.request = row.Text();
  message.created_at = row.At();
  message.parked = row.OptionalText();
  return message;
}

std::vector<OutboxMessage> Outbox(SqliteConnection& db, bool parked, std::string_view after,
                                  int limit) {
  static const std::string of_pending =
      kSelectMessage +
      "INDEXED BY outbox_pending WHERE parked IS NULL AND id > ? ORDER BY id LIMIT ?";
  static const std::string of_parked =
      kSelectMessage +
      "INDEXED BY outbox_parked WHERE parked IS NOT NULL AND id > ? ORDER BY id LIMIT ?";
  SqliteQuery query = db.Use(parked ? of_parked : of_pending);
  query.Bind(after).Bind(limit);
  std::vector<OutboxMessage> messages;
  while (query.Step()) messages.push_back(ReadMessage(query));
  return messages;
}

OutboxCounts CountOutbox(SqliteConnection& db) {
  SqliteQuery query = db.Use(
      "SELECT (SELECT count(*) FROM outbox INDEXED BY outbox_pending WHERE parked IS NULL), "
      "(SELECT count(*) FROM outbox INDEXED BY outbox_parked WHERE parked IS NOT NULL)");
  query.Step();
  OutboxCounts counts;
  counts.pending = query.Int64();
  counts.parked = query.Int64();
  return counts;
}

void PutOutbox(SqliteConnection& db, const OutboxMessage& message) {
  db.Use(
        "INSERT INTO outbox (id, job_id, kind, request_json, created_at, parked) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET job_id = excluded.job_id, "
        "kind = excluded.kind, request_json = excluded.request_json, "
        "created_at = excluded.created_at, parked = excluded.parked")
      .Bind(message.id)
      .Bind(message.job_id)
      .Bind(message.kind)
      .Bind(message.request)
      .Bind(message.created_at)
      .Bind(message.parked)
      .Run();
}

Result<void> DropOutbox(SqliteConnection& db, std::string_view id) {
  if (db.Use("DELETE FROM outbox WHERE id = ?").Bind(id).Run() == 1) return {};
  return Fail(NoSuchMessage(id));
}

}  // namespace jobgate::sqlite
