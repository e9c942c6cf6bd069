// A store of each kind in a folder of its own. Every test here runs on every kind:
// TEST_CASE_TEMPLATE("store: …", Kind, JOBGATE_STORE_KINDS).
#pragma once
#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/jsonl/jsonl_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/store.h"
#include "tests/support/check_ok.h"
#include "tests/support/sample_job.h"
#include "tests/support/temp_dir.h"

namespace jobgate {

struct SqliteKind {
  static Result<std::unique_ptr<Store>> Open(const std::string& path) {
    return OpenSqliteStore(path);
  }
  static Result<std::unique_ptr<StoreReader>> OpenReader(Store&, const std::string& path) {
    return OpenSqliteReader(path);
  }
};

// Seals and folds so early that every longer test does both.
struct JsonlKind {
  static Result<std::unique_ptr<Store>> Open(const std::string& path) {
    JsonlOptions options;
    options.seal_bytes = 64 << 10;
    options.idle_seal_bytes = 16 << 10;
    options.fold_bytes = 96 << 10;
    return OpenJsonlStore(std::make_shared<jsonl::PosixLogFiles>(), path, options);
  }
  static Result<std::unique_ptr<StoreReader>> OpenReader(Store& store, const std::string&) {
    return static_cast<JsonlStore&>(store).NewReader();
  }
};

#define JOBGATE_STORE_KINDS jobgate::SqliteKind, jobgate::JsonlKind

template <typename Kind>
class World {
 public:
  World() { Open(); }

  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  std::string path() const { return dir_ / "jobs.db"; }

  // One committed turn.
  template <typename Fn>
  void Turn(Fn fn) {
    REQUIRE_OK(store_->Begin());
    fn();
    REQUIRE_OK(store_->Commit());
  }
  Job Insert(Job job) {
    Turn([&] { REQUIRE_OK(store_->InsertJob(job)); });
    return job;
  }
  // Writes `next` over the stored `before`.
  Job Update(const Job& before, Job next) {
    Turn([&] { REQUIRE_OK(store_->UpdateJob(next, before.state, before.attempts)); });
    return next;
  }

  std::optional<Job> Find(const JobId& id) { return Value(store_->FindJob(id)); }

  std::unique_ptr<StoreReader> Reader() {
    auto reader = Kind::OpenReader(*store_, path());
    REQUIRE_OK(reader);
    return std::move(*reader);
  }

  // A clean stop and start.
  void Restart() {
    store_.reset();
    Open();
  }
  // The files as a killed process leaves them, opened by a new one.
  void Crash() {
    const TempDir kept;
    namespace fs = std::filesystem;
    fs::copy(dir_.path(), kept.path(), fs::copy_options::recursive);
    store_.reset();
    fs::copy(kept.path(), dir_.path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    Open();
  }

  template <typename T>
  static T Value(Result<T> result) {
    REQUIRE_OK(result);
    return std::move(*result);
  }

  SampleJobs jobs;

 private:
  void Open() {
    auto store = Kind::Open(path());
    REQUIRE_OK(store);
    store_ = std::move(*store);
  }

  TempDir dir_;
  std::unique_ptr<Store> store_;
};

inline std::vector<JobId> IdsOf(const std::vector<Job>& jobs) {
  std::vector<JobId> ids;
  for (const Job& job : jobs) ids.push_back(job.id);
  return ids;
}

inline Time After(Duration duration) {
  return kSampleTime + duration;
}

}  // namespace jobgate
