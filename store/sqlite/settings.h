// The statements about settings and idempotency keys. Semantics: store/store.h.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

std::optional<std::string> GetSetting(Connection& db, std::string_view key);
void PutSetting(Connection& db, std::string_view key, std::string_view value);

std::optional<IdempotencyRecord> FindIdempotencyKey(Connection& db, std::string_view key);
void PutIdempotencyKey(Connection& db, const IdempotencyRecord& record);
int DropIdempotencyKeys(Connection& db, Time ended_before);

}  // namespace jobgate::sqlite
