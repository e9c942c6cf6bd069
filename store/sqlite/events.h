// The statements about events. Semantics: store/store.h.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/job/event.h"
#include "store/event_chain.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

extern const std::string kSelectEvent;  // "SELECT <columns> FROM events "
// Of the row that `row` stands on.
Event ReadEvent(SqliteQuery& row);

std::vector<Event> Events(SqliteConnection& db, const EventFilter& filter);
void EveryEvent(SqliteConnection& db, const std::function<void(const Event&)>& take);
int64_t LastEventSeq(SqliteConnection& db);
ChainHead LastEvent(SqliteConnection& db);
// Behind `last`, which is the event then.
void AppendEvent(SqliteConnection& db, Event& event, ChainHead& last);
Result<void> InsertEvent(SqliteConnection& db, const Event& event);
// With whatever number and hash it has.
void WriteEvent(SqliteConnection& db, const Event& event);

}  // namespace jobgate::sqlite
