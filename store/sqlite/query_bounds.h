// What one question in SQL may read and how long it may take. SQLite looks at the clock between
// instructions only (https://sqlite.org/c3ref/progress_handler.html), and one instruction may call
// a function. So only functions are allowed whose time grows with the length of what they are
// given, values and patterns are short, and few functions stand in one question.
#pragma once
#include <sqlite3.h>

#include <string>

#include "src/base/clock.h"

namespace jobgate::sqlite {

// In force as long as it lives; statements prepared under it are finalized before it.
class QueryBounds {
 public:
  QueryBounds(sqlite3* db, Duration time_max);
  ~QueryBounds();
  QueryBounds(const QueryBounds&) = delete;
  QueryBounds& operator=(const QueryBounds&) = delete;

  // Why the last statement was not prepared, where it was for a function; else empty.
  const std::string& refused() const { return refused_; }
  bool IsOver() const { return clock_.Monotonic() >= ends_at_; }

 private:
  static int Allow(void* bounds, int action, const char* what, const char* name, const char*,
                   const char*);
  int AllowFunction(const std::string& name);

  sqlite3* db_;
  SystemClock clock_;
  Duration ends_at_;
  int functions_ = 0;
  std::string refused_;
};

}  // namespace jobgate::sqlite
