// The statements about events. Semantics: store/store.h.
#pragma once
#include <cstdint>
#include <vector>

#include "src/engine/event.h"
#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

std::vector<Event> Events(Connection& db, const EventFilter& filter);
int64_t LastEventSeq(Connection& db);
void AppendEvent(Connection& db, Event& event);

}  // namespace jobgate::sqlite
