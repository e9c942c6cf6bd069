// One connection to the database and its prepared statements. Owned by one thread.
// Everything here lets SQLite::Exception through; SqliteStore and SqliteReader convert it.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "src/base/time.h"

namespace jobgate {

// One use of a prepared statement: bind the parameters in order, step, read the columns in
// order. A `const std::string&` is bound without a copy and must live until the last step.
class SqliteQuery {
 public:
  explicit SqliteQuery(SQLite::Statement& statement) : statement_(statement) {}
  ~SqliteQuery();
  SqliteQuery(const SqliteQuery&) = delete;
  SqliteQuery& operator=(const SqliteQuery&) = delete;

  SqliteQuery& Bind(const std::string& text);
  SqliteQuery& Bind(std::string&& text) { return Bind(std::string_view(text)); }
  SqliteQuery& Bind(std::string_view text);  // copied
  SqliteQuery& Bind(int64_t number);
  SqliteQuery& Bind(Time time) { return Bind(ToUnixMs(time)); }
  template <typename T>
  SqliteQuery& Bind(const std::optional<T>& value) {
    return value ? Bind(*value) : BindNull();
  }
  SqliteQuery& BindCopy(const std::optional<std::string>& text);
  SqliteQuery& BindBytes(std::string_view bytes);  // copied; null where there are none
  SqliteQuery& BindNull();

  bool Step();  // false: no more rows
  int Run();    // to the end; the number of rows changed, by triggers not counted

  std::string Text();
  int64_t Int64();
  int Int() { return static_cast<int>(Int64()); }
  bool Bool() { return Int64() != 0; }
  Time At() { return FromUnixMs(Int64()); }
  std::string Bytes();  // "" where it is null
  std::optional<std::string> OptionalText();
  std::optional<int64_t> OptionalInt64();
  std::optional<int> OptionalInt();
  std::optional<Time> OptionalAt();

 private:
  SQLite::Statement& statement_;
  int parameter_ = 0;
  int column_ = 0;
};

// A commit that overwrites the log is synced a third faster than one that makes it longer, so that
// this much of the file is kept.
inline constexpr int64_t kLogBytesKept = 12 << 20;

class SqliteConnection {
 public:
  // The only one that writes and checkpoints. `bytes_max` bounds the file (0: no bound).
  static std::unique_ptr<SqliteConnection> ForWriting(const std::string& path,
                                                      Duration busy_timeout, int64_t bytes_max);
  // Reads only and never checkpoints, not even when it is closed.
  static std::unique_ptr<SqliteConnection> ForReading(const std::string& path,
                                                      Duration busy_timeout);

  // A database of this connection alone, gone with it. Beyond a bounded cache it is in a file
  // without a name, of `bytes_max` at most.
  static std::unique_ptr<SqliteConnection> Temporary(int64_t bytes_max);

  // The statement of `sql`, prepared once. Not while another SqliteQuery of the same text lives.
  SqliteQuery Use(std::string_view sql);
  void Execute(std::string_view sql) { Use(sql).Run(); }

  // Of the pages in the log after the last commit, until a checkpoint brought them all into the
  // file.
  int64_t log_bytes() const { return log_pages_ * page_bytes_; }
  // Brings pages of the log into the file, as many as no reader needs where they are; waits for
  // nobody. Throws what SQLite reports (a failed sync of the file, say).
  struct LogPages {
    int in_log = 0;
    int in_file = 0;  // of these
  };
  LogPages Checkpoint();

  SQLite::Database& db() { return db_; }
  const std::string& path() const { return db_.getFilename(); }
  // What the system said of the last I/O error or file that could not be opened (errno(3)).
  int system_error();
  bool InTransaction() const;

 private:
  SqliteConnection(const std::string& path, int flags, Duration busy_timeout,
                   const std::string& vfs = "");
  SQLite::Statement& Prepared(std::string_view sql);

  // A statement by the place of its text in memory, which for nearly all of them is that of a
  // constant: comparing it costs less than hashing it.
  struct Recent {
    const char* at = nullptr;
    SQLite::Statement* statement = nullptr;
  };

  SQLite::Database db_;
  int64_t page_bytes_ = 0;  // of a writer
  int log_pages_ = 0;
  std::map<std::string, SQLite::Statement, std::less<>> statements_;
  std::array<Recent, 128> recent_;
};

// Several queries that see one state of the database.
class OneView {
 public:
  explicit OneView(SqliteConnection& db);
  ~OneView();
  OneView(const OneView&) = delete;
  OneView& operator=(const OneView&) = delete;

 private:
  SqliteConnection& db_;
  const bool began_;
};

}  // namespace jobgate
