// The statements about events. Semantics: store/store.h.
#pragma once
#include <cstdint>
#include <vector>

#include "src/job/event.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

std::vector<Event> Events(SqliteConnection& db, const EventFilter& filter);
int64_t LastEventSeq(SqliteConnection& db);
void AppendEvent(SqliteConnection& db, Event& event);

}  // namespace jobgate::sqlite
