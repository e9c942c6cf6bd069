#include "store/reader_thread.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "store/sqlite/sqlite_store.h"
#include "tests/support/check_ok.h"
#include "tests/support/sample_job.h"
#include "tests/support/temp_dir.h"

namespace jobgate {
namespace {

class OpenStore {
 public:
  OpenStore() : store_(OpenSqliteStore(dir_ / "jobs.db")) { REQUIRE_OK(store_); }
  SqliteStore& operator*() { return **store_; }
  std::unique_ptr<StoreReader> Reader() {
    auto reader = OpenSqliteReader(dir_ / "jobs.db");
    REQUIRE_OK(reader);
    return std::move(*reader);
  }

 private:
  TempDir dir_;
  Result<std::unique_ptr<SqliteStore>> store_;
};

// Holds the reader thread until it is let go.
class Hold {
 public:
  explicit Hold(ReaderThread& thread) {
    REQUIRE(thread.Post([this](StoreReader&) {
      entered_.set_value();
      gate_.get_future().wait();
    }));
    entered_.get_future().wait();
  }
  void LetGo() { gate_.set_value(); }

 private:
  std::promise<void> entered_, gate_;
};

}  // namespace

TEST_CASE("reader thread: a query sees what the writer has committed") {
  OpenStore store;
  const Job job = SampleJobs().Queued();
  REQUIRE_OK((*store).Begin());
  REQUIRE_OK((*store).InsertJob(job));
  REQUIRE_OK((*store).Commit());
  ReaderThread thread(store.Reader(), 4);
  std::promise<std::optional<Job>> found;
  REQUIRE(thread.Post([&](StoreReader& reader) {
    found.set_value(reader.FindJob(job.id).value_or(std::nullopt));
  }));
  CHECK(found.get_future().get() == job);
}

TEST_CASE("reader thread: queries are answered in their order") {
  OpenStore store;
  ReaderThread thread(store.Reader(), 100);
  std::vector<int> order;
  std::promise<void> done;
  for (int i = 0; i < 50; ++i)
    REQUIRE(thread.Post([&order, i](StoreReader&) { order.push_back(i); }));
  REQUIRE(thread.Post([&](StoreReader&) { done.set_value(); }));
  done.get_future().wait();
  REQUIRE(order.size() == 50);
  CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("reader thread: a full queue refuses the query and never calls it") {
  OpenStore store;
  std::atomic<int> called = 0;
  {
    ReaderThread thread(store.Reader(), 2);
    Hold hold(thread);
    CHECK(thread.Post([&](StoreReader&) { ++called; }));
    CHECK(thread.Post([&](StoreReader&) { ++called; }));
    CHECK(!thread.Post([&](StoreReader&) { called += 100; }));
    std::promise<void> done;
    hold.LetGo();
    while (!thread.Post([&](StoreReader&) { done.set_value(); })) std::this_thread::yield();
    done.get_future().wait();
  }
  CHECK(called == 2);
}

TEST_CASE("reader thread: what waits when it stops is dropped, and freed") {
  OpenStore store;
  auto witness = std::make_shared<int>(0);
  auto thread = std::make_unique<ReaderThread>(store.Reader(), SIZE_MAX);
  ReaderThread& running = *thread;
  Hold hold(running);
  REQUIRE(running.Post([witness](StoreReader&) { ++*witness; }));
  CHECK(witness.use_count() == 2);
  std::thread stopper([&] { thread.reset(); });
  // Once stopping, it takes nothing more; only then is the held query let go.
  while (running.Post([](StoreReader&) {})) std::this_thread::yield();
  hold.LetGo();
  stopper.join();
  CHECK(*witness == 0);
  CHECK(witness.use_count() == 1);
}

}  // namespace jobgate
