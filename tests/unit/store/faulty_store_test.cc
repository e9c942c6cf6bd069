#include "tests/support/faulty_store.h"

#include <doctest/doctest.h>

#include "store/sqlite/sqlite_store.h"
#include "tests/support/check_ok.h"
#include "tests/support/sample_job.h"
#include "tests/support/temp_dir.h"

namespace jobgate {
namespace {

using When = FaultyStore::When;

struct Fixture {
  Fixture() { REQUIRE_OK(opened); }

  bool Has(const Job& wanted) {
    const auto found = (*opened)->FindJob(wanted.id);
    REQUIRE_OK(found);
    return found->has_value();
  }

  TempDir dir;
  Result<std::unique_ptr<SqliteStore>> opened = OpenSqliteStore(dir / "jobs.db");
  FaultyStore store{**opened};
  SampleJobs jobs;
  Job job = jobs.Queued();
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "faulty store: without a plan it is the store it wraps") {
  REQUIRE_OK(store.Begin());
  REQUIRE_OK(store.InsertJob(job));
  REQUIRE_OK(store.Commit());
  CHECK(store.FindJob(job.id) == job);
  CHECK(store.calls() == 4);
}

TEST_CASE_FIXTURE(Fixture, "faulty store: a failed call drops its turn until Rollback") {
  REQUIRE_OK(store.Begin());
  REQUIRE_OK(store.InsertJob(job));
  store.FailCall(1, When::kBefore);
  CHECK(store.GetSetting("x").error().code == Code::kStoreFault);
  CHECK(store.InsertJob(jobs.Queued()).error().code == Code::kStoreFault);
  store.Rollback();
  CHECK(!Has(job));
  REQUIRE_OK(store.Begin());
  REQUIRE_OK(store.InsertJob(job));
  REQUIRE_OK(store.Commit());
  CHECK(Has(job));
}

TEST_CASE_FIXTURE(Fixture, "faulty store: committing a dropped turn fails and ends it") {
  REQUIRE_OK(store.Begin());
  REQUIRE_OK(store.InsertJob(job));
  store.FailCall(1, When::kAfter);
  CHECK(!store.PutSetting("x", "y"));
  CHECK(store.Commit().error().code == Code::kStoreFault);
  CHECK(!Has(job));
  REQUIRE_OK(store.Begin());
  REQUIRE_OK(store.Commit());
}

TEST_CASE_FIXTURE(Fixture, "faulty store: a failed commit was done or not, as planned") {
  for (When when : {When::kBefore, When::kAfter}) {
    job = jobs.Queued();
    REQUIRE_OK(store.Begin());
    REQUIRE_OK(store.InsertJob(job));
    store.FailCommit(1, when);
    CHECK(store.Commit().error().code == Code::kStoreFault);
    CHECK(store.Begin().error().code == Code::kStoreFault);
    store.Rollback();
    CHECK(store.FindJob(job.id).error().code == Code::kStoreFault);
    REQUIRE_OK(store.Reopen());
    CHECK(Has(job) == (when == When::kAfter));
  }
}

TEST_CASE_FIXTURE(Fixture, "faulty store: the second commit from now fails where that is planned") {
  store.FailCommit(2, When::kBefore);
  REQUIRE_OK(store.Begin());
  REQUIRE_OK(store.Commit());
  REQUIRE_OK(store.Begin());
  CHECK(!store.Commit());
}

TEST_CASE_FIXTURE(Fixture, "faulty store: a broken environment fails everything, Reopen too") {
  store.SetBroken(true);
  CHECK(!store.Begin());
  CHECK(!store.Reopen());
  CHECK(!store.Counts(kSampleTime));
  store.SetBroken(false);
  CHECK(!store.Begin());
  REQUIRE_OK(store.Reopen());
  REQUIRE_OK(store.Begin());
  REQUIRE_OK(store.Commit());
}

TEST_CASE_FIXTURE(Fixture, "faulty store: a Begin whose answer is lost leaves no turn open") {
  store.FailCall(1, When::kAfter);
  CHECK(!store.Begin());
  REQUIRE_OK(store.Begin());
  REQUIRE_OK(store.Commit());
}

}  // namespace jobgate
