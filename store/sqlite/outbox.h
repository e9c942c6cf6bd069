// The statements about what is still to be told. Semantics: store/store.h.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

extern const std::string kSelectMessage;  // "SELECT <columns> FROM outbox "
// Of the row that `row` stands on.
OutboxMessage ReadMessage(SqliteQuery& row);

std::vector<OutboxMessage> Outbox(SqliteConnection& db, bool parked, std::string_view after,
                                  int limit);
OutboxCounts CountOutbox(SqliteConnection& db);
void PutOutbox(SqliteConnection& db, const OutboxMessage& message);
Result<void> DropOutbox(SqliteConnection& db, std::string_view id);

}  // namespace jobgate::sqlite
