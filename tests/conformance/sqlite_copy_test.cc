// Copies of the SQLite store that are made between its turns.
#include <fstream>

#include "tests/conformance/world.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/store_dump.h"

namespace jobgate {
namespace {

namespace fs = std::filesystem;

constexpr int kJobs = 600;  // several steps of a copy

class CopiedStore {
 public:
  CopiedStore() {
    REQUIRE_OK(store_);
    for (int turn = 0; turn < kJobs / 100; ++turn) Insert(100);
  }

  SqliteStore& operator*() { return **store_; }
  SqliteStore* operator->() { return store_->get(); }
  std::string path() const { return dir_ / "jobs.db"; }

  // An empty file, as a copy wants it.
  std::string NewFile(const std::string& name) const {
    std::ofstream(dir_ / name).flush();
    return dir_ / name;
  }

  void Insert(int count) {
    REQUIRE_OK((*store_)->Begin());
    for (int i = 0; i < count; ++i) inserted_.push_back(InsertOne());
    REQUIRE_OK((*store_)->Commit());
  }
  // One of the first jobs, whose pages were copied long ago.
  void ChangeOldest() {
    Job& job = inserted_.at(changed_++);
    Job next = Started(job);
    REQUIRE_OK((*store_)->Begin());
    REQUIRE_OK((*store_)->UpdateJob(next, job.state, job.attempts));
    REQUIRE_OK((*store_)->Commit());
    job = next;
  }
  void RollBackOne() {
    REQUIRE_OK((*store_)->Begin());
    InsertOne();
    (*store_)->Rollback();
  }
  // A savepoint that is gone back to, as a refused command leaves one.
  void RefuseOne() {
    REQUIRE_OK((*store_)->Begin());
    REQUIRE_OK((*store_)->Savepoint());
    InsertOne();
    REQUIRE_OK((*store_)->RollbackToSavepoint());
    inserted_.push_back(InsertOne());
    REQUIRE_OK((*store_)->Commit());
  }

  std::string Dump() { return DumpOf(**store_, {}, {}); }

 private:
  Job InsertOne() {
    Job job = jobs_.Queued();
    REQUIRE_OK((*store_)->InsertJob(job));
    Event event = EventOf("job:submitted", job.id);
    REQUIRE_OK((*store_)->AppendEvent(event));
    return job;
  }

  const TempDir dir_;
  Result<std::unique_ptr<SqliteStore>> store_ = OpenSqliteStore(dir_ / "jobs.db");
  SampleJobs jobs_;
  std::vector<Job> inserted_;
  size_t changed_ = 0;
};

std::string DumpOfFile(const std::string& file) {
  auto store = OpenSqliteStore(file);
  REQUIRE_OK(store);
  return DumpOf(**store, {}, {});
}

}  // namespace

TEST_CASE("sqlite copy: it is the store as of its last turn, whatever the turns meanwhile did") {
  CopiedStore store;
  const std::string file = store.NewFile("copy.db");
  REQUIRE_OK(store->BeginCopy(file));
  int steps = 0;
  bool done = false;
  while (!done) {
    const Result<bool> step = store->GoOnCopying(file);
    REQUIRE_OK(step);
    done = *step;
    if (done) break;
    if (++steps > 40) continue;  // let it come to its end
    store.Insert(3);
    store.ChangeOldest();
    store.RefuseOne();
    if (steps == 2) store.RollBackOne();
  }
  CHECK(steps > 3);
  CHECK(DumpOfFile(file) == store.Dump());
}

TEST_CASE("sqlite copy: one that is under way holds no part of the log back") {
  CopiedStore store;
  const std::string file = store.NewFile("copy.db");
  REQUIRE_OK(store->BeginCopy(file));
  const Result<bool> step = store->GoOnCopying(file);
  REQUIRE_OK(step);
  REQUIRE_FALSE(*step);
  store.Insert(10);
  REQUIRE_OK(store->Checkpoint());
  // The main file alone, as it is now.
  const std::string main = store.NewFile("main.db");
  fs::copy_file(store.path(), main, fs::copy_options::overwrite_existing);
  CHECK(DumpOfFile(main) == store.Dump());
}

TEST_CASE("sqlite copy: a store that had to be opened again ends its copies") {
  CopiedStore store;
  const std::string file = store.NewFile("copy.db");
  REQUIRE_OK(store->BeginCopy(file));
  REQUIRE_OK(store->GoOnCopying(file));
  REQUIRE_OK(store->Reopen());
  const Result<bool> step = store->GoOnCopying(file);
  REQUIRE(!step);
  CHECK(step.error().code == Code::kStoreFault);
  CHECK(step.error().message.find("opened again") != std::string::npos);
  store.Insert(1);  // the store itself goes on
}

TEST_CASE("sqlite copy: a full disk under the copy is the copy's fault alone") {
  CopiedStore store;
  const std::string file = store.NewFile("copy.db");
  Result<bool> step = false;
  {
    // The store's own files stay below it: nothing is written to them meanwhile.
    const FileSizeLimit limit(64 << 10);
    if (auto begun = store->BeginCopy(file); !begun) step = Fail(begun.error());
    while (step && !*step) step = store->GoOnCopying(file);
  }
  REQUIRE(!step);
  INFO(step.error().message);
  CHECK(step.error().message.starts_with("I/O error on " + file));
  store.Insert(1);
  CHECK_FALSE(store->GoOnCopying(file));
}

}  // namespace jobgate
