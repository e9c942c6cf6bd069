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

Result<OpenedStore> OpenSqlite(const std::string& path) {
  SqliteOptions options;
  options.reserve_log = true;
  auto store = OpenSqliteStore(path, options);
  if (!store) return Fail(std::move(store).error());
  auto reader = OpenSqliteReader(path);
  if (!reader) return Fail(std::move(reader).error());
  OpenedStore opened;
  opened.store = *std::move(store);
  opened.reader = *std::move(reader);
  opened.upkeep = std::make_unique<SqliteUpkeep>(path);
  return opened;
}

}  // namespace

Result<OpenedStore> OpenStore(const std::string& type, const std::string& path) {
  if (type == "sqlite") return OpenSqlite(path);
  if (type == "jsonl") return OpenJsonl(path);
  return FailField("/store/type", "there is no such kind of store: " + type);
}

}  // namespace jobgate
