// The statements about settings and idempotency keys. Semantics: store/store.h.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

std::optional<std::string> GetSetting(SqliteConnection& db, std::string_view key);
void PutSetting(SqliteConnection& db, std::string_view key, std::string_view value);

std::optional<IdempotencyRecord> FindIdempotencyKey(SqliteConnection& db, std::string_view key);
void PutIdempotencyKey(SqliteConnection& db, const IdempotencyRecord& record);
void DropIdempotencyKey(SqliteConnection& db, std::string_view key);
int DropIdempotencyKeys(SqliteConnection& db, Time ended_before);

}  // namespace jobgate::sqlite
