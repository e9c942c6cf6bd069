#include "store/sqlite/log_keeper.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/temp_dir.h"

namespace jobgate {
namespace {

constexpr int64_t kMiB = 1 << 20;

// A database that grows by half a mebibyte with each commit, and what its keeper does with the log.
class Growing {
 public:
  Growing() {
    SQLite::Database(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; CREATE TABLE t (bytes BLOB)");
    writer_ = SqliteConnection::ForWriting(path_, Duration::zero(), 0);
  }
  ~Growing() { keeper_.Clear(); }

  // Bytes that the checkpoint after this commit brought in; nothing where none was due.
  int64_t Commit() {
    writer_->Execute("INSERT INTO t VALUES (randomblob(524288))");
    if (!keeper_.IsDue(*writer_)) return 0;
    const auto pages = keeper_.BringIn(*writer_);
    const int64_t brought = pages.in_file - in_file_;
    in_file_ = pages.in_file == pages.in_log ? 0 : pages.in_file;  // the log begins anew
    return brought * 1024;
  }
  // A reading of the state of now, until it is let go.
  std::unique_ptr<SqliteConnection> LongReading() const {
    auto reader = SqliteConnection::ForReading(path_, Duration::zero());
    reader->Execute("BEGIN");
    reader->Execute("SELECT count(*) FROM t");
    return reader;
  }
  SqliteConnection& writer() { return *writer_; }
  LogKeeper& keeper() { return keeper_; }

 private:
  const TempDir dir_;
  const std::string path_ = dir_ / "t.db";
  std::unique_ptr<SqliteConnection> writer_;
  LogKeeper keeper_{path_};
  int64_t in_file_ = 0;
};

}  // namespace

TEST_CASE("log keeper: without readers the log begins anew each time it has some size") {
  Growing store;
  for (int i = 0; i < 100; ++i) {
    store.Commit();
    CHECK(store.writer().log_bytes() < 11 * kMiB);
  }
}

TEST_CASE("log keeper: what a long reading kept back comes in by parts, then all of it") {
  for (const int mebibytes : {30, 60, 150}) {
    CAPTURE(mebibytes);
    Growing store;
    auto reading = store.LongReading();
    while (store.writer().log_bytes() < mebibytes * kMiB) CHECK(store.Commit() < kMiB);
    reading.reset();
    int64_t most = 0, all = 0;
    for (int commits = 0; store.writer().log_bytes() > 0 && commits < 20; ++commits) {
      const int64_t brought = store.Commit();
      most = std::max(most, brought);
      all += brought;
    }
    CHECK(store.writer().log_bytes() == 0);
    CHECK(all > mebibytes * kMiB);
    CHECK(most <= all / 2 + 2 * kMiB);
    CHECK(most >= 4 * kMiB);
  }
}

TEST_CASE("log keeper: all is let go where the writer is to be closed") {
  Growing store;
  auto reading = store.LongReading();
  while (store.writer().log_bytes() < 30 * kMiB) store.Commit();
  reading.reset();
  store.keeper().Clear();
  const auto pages = store.writer().Checkpoint();
  CHECK(pages.in_file == pages.in_log);
}

}  // namespace jobgate
