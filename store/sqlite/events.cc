#include "store/sqlite/events.h"

#include "store/event_chain.h"
#include "store/refusals.h"

namespace jobgate::sqlite {

const std::string kSelectEvent =
    "SELECT seq, at, type, job_id, actor, payload_json, chain FROM events ";

Event ReadEvent(SqliteQuery& row) {
  Event event;
  event.seq = row.Int64();
  event.at = row.At();
  event.type = row.Text();
  event.job_id = row.OptionalText();
  event.actor = row.OptionalText();
  event.payload = row.Text();
  event.chain = HexChain(row.Bytes());
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

void EveryEvent(SqliteConnection& db, const std::function<void(const Event&)>& take) {
  static const std::string sql = kSelectEvent + "ORDER BY seq";
  SqliteQuery query = db.Use(sql);
  while (query.Step()) take(ReadEvent(query));
}

int64_t LastEventSeq(SqliteConnection& db) {
  SqliteQuery query = db.Use("SELECT max(seq) FROM events");
  query.Step();
  return query.OptionalInt64().value_or(0);
}

ChainHead LastEvent(SqliteConnection& db) {
  SqliteQuery query = db.Use("SELECT seq, chain FROM events ORDER BY seq DESC LIMIT 1");
  ChainHead last;
  if (!query.Step()) return last;
  last.seq = query.Int64();
  last.chain = HexChain(query.Bytes());
  return last;
}

void AppendEvent(SqliteConnection& db, Event& event, ChainHead& last) {
  event.seq = last.seq + 1;
  event.chain = ChainAfter(last.chain, event);
  WriteEvent(db, event);
  last = {event.seq, event.chain};
}

Result<void> InsertEvent(SqliteConnection& db, const Event& event) {
  JOBGATE_TRY(CheckPlace(event, LastEvent(db).seq));
  WriteEvent(db, event);
  return {};
}

void WriteEvent(SqliteConnection& db, const Event& event) {
  db.Use(
        "INSERT INTO events (seq, at, type, job_id, actor, payload_json, chain) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)")
      .Bind(event.seq)
      .Bind(event.at)
      .Bind(event.type)
      .Bind(event.job_id)
      .Bind(event.actor)
      .Bind(event.payload)
      .BindBytes(RawChain(event.chain))
      .Run();
}

}  // namespace jobgate::sqlite
