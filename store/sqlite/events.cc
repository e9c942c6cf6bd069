#include "store/sqlite/events.h"

namespace jobgate::sqlite {

const std::string kSelectEvent = "SELECT seq, at, type, job_id, actor, payload_json FROM events ";

Event ReadEvent(SqliteQuery& row) {
  Event event;
  event.seq = row.Int64();
  event.at = row.At();
  event.type = row.Text();
  event.job_id = row.OptionalText();
  event.actor = row.OptionalText();
  event.payload = row.Text();
  return event;
}

std::vector<Event> Events(SqliteConnection& db, const EventFilter& filter) {
  static const std::string of_all = kSelectEvent + "WHERE seq > ? ORDER BY seq LIMIT ?";
  static const std::string of_job =
      kSelectEvent + "INDEXED BY events_by_job WHERE job_id = ? AND seq > ? ORDER BY seq LIMIT ?";
  SqliteQuery query = db.Use(filter.job_id ? of_job : of_all);
  if (filter.job_id) query.Bind(*filter.job_id);
  query.Bind(filter.after_seq).Bind(filter.limit);
  std::vector<Event> events;
  while (query.Step()) events.push_back(ReadEvent(query));
  return events;
}

int64_t LastEventSeq(SqliteConnection& db) {
  SqliteQuery query = db.Use("SELECT max(seq) FROM events");
  query.Step();
  return query.OptionalInt64().value_or(0);
}

// SQLite gives a missing rowid the last one + 1 (https://www.sqlite.org/autoinc.html), after a
// rollback too; so there are no gaps.
void AppendEvent(SqliteConnection& db, Event& event) {
  if (event.seq > 0 && LastEventSeq(db) == 0) return InsertEvent(db, event);
  SqliteQuery query =
      db.Use("INSERT INTO events (at, type, job_id, actor, payload_json) VALUES (?, ?, ?, ?, ?)");
  query.Bind(event.at).Bind(event.type).Bind(event.job_id).Bind(event.actor).Bind(event.payload);
  query.Run();
  event.seq = db.db().getLastInsertRowid();
}

void InsertEvent(SqliteConnection& db, const Event& event) {
  db.Use(
        "INSERT INTO events (seq, at, type, job_id, actor, payload_json) "
        "VALUES (?, ?, ?, ?, ?, ?)")
      .Bind(event.seq)
      .Bind(event.at)
      .Bind(event.type)
      .Bind(event.job_id)
      .Bind(event.actor)
      .Bind(event.payload)
      .Run();
}

}  // namespace jobgate::sqlite
