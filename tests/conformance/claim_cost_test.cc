// What a claim costs beside jobs that cannot be claimed: counted, not timed.
#include "tests/conformance/world.h"
#include "tests/support/instructions.h"

namespace jobgate {
namespace {

constexpr int kFew = 20;
constexpr int kMany = 20'000;
constexpr int64_t kUnbounded = INT64_MAX;

struct Scene {
  std::string name;
  std::set<std::string> blocked;  // of the query
  Job (*beside)(SampleJobs& jobs, int number);
};

Job Of(const std::string& entrypoint, Job job) {
  job.entrypoint = entrypoint;
  return job;
}

const std::vector<Scene>& Scenes() {
  static const std::vector<Scene> scenes = {
      {"blocked",
       {"deploy"},
       [](SampleJobs& jobs, int) { return Of("deploy", jobs.Queued(Priority::kCritical)); }},
      {"of several blocked entrypoints",
       {"deploy", "build", "zip"},
       [](SampleJobs& jobs, int number) {
         const char* names[] = {"deploy", "build", "zip"};
         return Of(names[number % 3], jobs.Queued(static_cast<Priority>(number % 5)));
       }},
      {"delayed",
       {},
       [](SampleJobs& jobs, int number) {
         return jobs.Delayed(Duration(1000 + number), Priority::kCritical);
       }},
      {"delayed beside a blocked one",
       {"deploy"},
       [](SampleJobs& jobs, int number) {
         return jobs.Delayed(Duration(1000 + number), Priority::kCritical);
       }},
      {"claimable after it",
       {},
       [](SampleJobs& jobs, int) { return jobs.Queued(Priority::kBackground); }},
  };
  return scenes;
}

// Of the claim that finds the one job that may start, after one that found it as well.
template <typename Kind>
int64_t ClaimCost(const Scene& scene, int count, int64_t most) {
  return InstructionsOf(
      [&](const Counted& counted) {
        World<Kind> world;
        world.Turn([&] {
          for (int i = 0; i < count; ++i) REQUIRE_OK(world->InsertJob(scene.beside(world.jobs, i)));
        });
        const Job free = world.Insert(Of("free", world.jobs.Queued(Priority::kLow)));
        const ClaimQuery query = {kSampleTime, Priority::kLow, scene.blocked, 1};
        REQUIRE_OK(world->Begin());
        REQUIRE(world.Value(world->Claimable(query)).size() == 1);
        std::vector<Candidate> found;
        counted([&] { found = world->Claimable(query).value(); });
        world->Rollback();
        REQUIRE(found.size() == 1);
        REQUIRE(found.front().id == free.id);
      },
      most);
}

}  // namespace

TEST_CASE_TEMPLATE("store: a claim looks at none of 20,000 jobs that cannot start" *
                       doctest::skip(kIsSanitized),
                   Kind, JOBGATE_STORE_KINDS) {
  for (const Scene& scene : Scenes()) {
    const int64_t few = ClaimCost<Kind>(scene, kFew, kUnbounded);
    const int64_t many = ClaimCost<Kind>(scene, kMany, 4 * few);
    CAPTURE(scene.name);
    CAPTURE(few);
    CAPTURE(many);
    CHECK(many < 4 * few);  // an index over more of them is deeper
  }
}

}  // namespace jobgate
