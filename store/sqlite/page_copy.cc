#include "store/sqlite/page_copy.h"

#include <sqlite3.h>

namespace jobgate {
namespace {

constexpr int kPagesOfAStep = 128;  // below a millisecond

SQLite::Database OpenTarget(const std::string& file) {
  SQLite::Database target(file, SQLite::OPEN_READWRITE);
  target.exec(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  return target;
}

}  // namespace

PageCopy::PageCopy(SqliteConnection& from, const std::string& file)
    : from_(from), to_(OpenTarget(file)), pages_(to_, from.db()) {}

bool PageCopy::Step() {
  const int step = pages_.executeStep(kPagesOfAStep);
  if (step != SQLITE_DONE) from_.db().check(step);
  return step == SQLITE_DONE;
}

}  // namespace jobgate
