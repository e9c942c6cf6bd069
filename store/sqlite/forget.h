// What retention takes out. Semantics: store/store.h.
#pragma once
#include <cstdint>
#include <optional>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace jobgate::sqlite {

Result<void> DeleteJob(SqliteConnection& db, const JobId& id);
std::optional<int64_t> DropPayloads(SqliteConnection& db, const JobId& id, int64_t after_seq,
                                    int limit);

}  // namespace jobgate::sqlite
