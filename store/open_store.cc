#include "store/open_store.h"

#include <utility>

#include "store/jsonl/jsonl_store.h"
#include "store/jsonl/jsonl_upkeep.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/sqlite_upkeep.h"

namespace jobgate {
namespace {

Result<OpenedStore> OpenJsonl(const std::string& path) {
  auto store = OpenJsonlStore(std::make_shared<jsonl::PosixLogFiles>(), path);
  if (!store) return Fail(std::move(store).error());
  OpenedStore opened;
  opened.reader = (*store)->NewReader();
  opened.upkeep = std::make_unique<JsonlUpkeep>(path, (*store)->published());
  opened.warnings = (*store)->warnings();
  opened.store = *std::move(store);
  return opened;
}

// So that a backup under load neither holds the log back nor keeps a turn waiting.
SqliteUpkeep::CopyFn CopyOf(SqliteStore& store, const InPieces& in_pieces) {
  if (!in_pieces) return nullptr;
  return [&store, in_pieces](const std::string& file) {
    return in_pieces([&store, file, begun = false]() mutable -> Result<bool> {
      if (!std::exchange(begun, true)) JOBGATE_TRY(store.BeginCopy(file));
      return store.GoOnCopying(file);
    });
  };
}

Result<OpenedStore> OpenSqlite(const std::string& path, const InPieces& in_pieces) {
  SqliteOptions options;
  options.reserve_log = true;
  auto store = OpenSqliteStore(path, options);
  if (!store) return Fail(std::move(store).error());
  auto reader = OpenSqliteReader(path);
  if (!reader) return Fail(std::move(reader).error());
  OpenedStore opened;
  opened.upkeep = std::make_unique<SqliteUpkeep>(path, CopyOf(**store, in_pieces));
  opened.store = *std::move(store);
  opened.reader = *std::move(reader);
  return opened;
}

}  // namespace

Result<OpenedStore> OpenStore(const std::string& type, const std::string& path,
                              const InPieces& in_pieces) {
  if (type == "sqlite") return OpenSqlite(path, in_pieces);
  if (type == "jsonl") return OpenJsonl(path);
  return FailField("/store/type", "there is no such kind of store: " + type);
}

}  // namespace jobgate
