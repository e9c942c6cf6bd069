// What a writing and a reading connection both answer, and the boundary where SQLite's
// exceptions become Errors.
#pragma once
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include <SQLiteCpp/Exception.h>

#include "store/sqlite/attempts.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/counts.h"
#include "store/sqlite/ended_list.h"
#include "store/sqlite/events.h"
#include "store/sqlite/job_list.h"
#include "store/sqlite/jobs.h"
#include "store/sqlite/outbox.h"
#include "store/store.h"

namespace jobgate::sqlite {

template <typename T>
struct ResultOf {
  using type = Result<T>;
};
template <typename T>
struct ResultOf<Result<T>> {
  using type = Result<T>;
};

// `Base` is Store or StoreReader.
template <typename Base>
class Queries : public Base {
 public:
  Result<std::optional<Job>> FindJob(const JobId& id) override {
    return Run([&](SqliteConnection& db) { return sqlite::FindJob(db, id); });
  }
  Result<JobId> ResolveId(std::string_view prefix) override {
    return Run([&](SqliteConnection& db) { return sqlite::ResolveId(db, prefix); });
  }
  Result<std::vector<Attempt>> AttemptsOf(const JobId& id) override {
    return Run([&](SqliteConnection& db) { return sqlite::AttemptsOf(db, id); });
  }
  Result<std::vector<Attempt>> FailedAttempts(Time from, int limit) override {
    return Run([&](SqliteConnection& db) { return sqlite::FailedAttempts(db, from, limit); });
  }
  Result<StateCounts> Counts(Time expiring_before) override {
    return Run([&](SqliteConnection& db) { return sqlite::Counts(db, expiring_before); });
  }
  Result<std::map<std::string, EntrypointTotals>> TotalsByEntrypoint() override {
    return Run([](SqliteConnection& db) { return sqlite::TotalsByEntrypoint(db); });
  }
  Result<JobPage> ListJobs(const JobFilter& filter) override {
    return Run([&](SqliteConnection& db) { return sqlite::ListJobs(db, filter); });
  }
  Result<JobPage> ListEnded(const EndedFilter& filter) override {
    return Run([&](SqliteConnection& db) { return sqlite::ListEnded(db, filter); });
  }
  Result<std::vector<Event>> Events(const EventFilter& filter) override {
    return Run([&](SqliteConnection& db) { return sqlite::Events(db, filter); });
  }
  Result<int64_t> LastEventSeq() override {
    return Run([&](SqliteConnection& db) { return sqlite::LastEventSeq(db); });
  }
  Result<std::vector<OutboxMessage>> Outbox(bool parked, std::string_view after,
                                            int limit) override {
    return Run([&](SqliteConnection& db) { return sqlite::Outbox(db, parked, after, limit); });
  }
  Result<OutboxCounts> CountOutbox() override {
    return Run([](SqliteConnection& db) { return sqlite::CountOutbox(db); });
  }

 protected:
  // Calls `fn` with the connection, unless none may be used at the moment.
  template <typename Fn>
  auto Run(Fn fn) -> typename ResultOf<std::invoke_result_t<Fn, SqliteConnection&>>::type {
    Result<SqliteConnection*> db = Usable();
    if (!db) return Fail(std::move(db).error());
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Fn, SqliteConnection&>>) {
        fn(**db);
        return {};
      } else {
        return fn(**db);
      }
    } catch (const SQLite::Exception& exception) {
      return Fail(Failed(exception));
    }
  }

 private:
  virtual Result<SqliteConnection*> Usable() = 0;
  // What `exception` means, once its consequences are drawn.
  virtual Error Failed(const SQLite::Exception& exception) = 0;
};

}  // namespace jobgate::sqlite
