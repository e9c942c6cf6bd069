#include "store/open_store.h"

#include <utility>

#include "store/durable_file.h"
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

// A megabyte. More at once would keep the disk busy for longer than a turn should wait.
constexpr int kPiecesWrittenOut = 8;

// So that a backup under load neither holds the log back nor keeps a turn waiting: the pages are
// copied between turns, and written out by the caller before there are more of them.
Result<void> Copy(SqliteStore& store, const InPieces& in_pieces, const std::string& file) {
  bool begun = false;
  bool done = false;
  int pieces = 0;
  const auto go_on = [&]() -> Result<bool> {
    if (!std::exchange(begun, true)) JOBGATE_TRY(store.BeginCopy(file));
    auto copied = store.GoOnCopying(file);
    if (!copied) return copied;
    done = *copied;
    return done || ++pieces % kPiecesWrittenOut == 0;
  };
  while (!done) {
    JOBGATE_TRY(in_pieces(go_on));
    JOBGATE_TRY(WriteOut(file));
  }
  return {};
}

SqliteUpkeep::CopyFn CopyOf(SqliteStore& store, const InPieces& in_pieces) {
  if (!in_pieces) return nullptr;
  return [&store, in_pieces](const std::string& file) { return Copy(store, in_pieces, file); };
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
