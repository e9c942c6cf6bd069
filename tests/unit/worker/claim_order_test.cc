// Which candidate is next: urgent first, oldest first, and one start in ten for the overdue.
#include "src/worker/claim_order.h"

#include <doctest/doctest.h>

namespace jobgate {
namespace {

constexpr Time kNow = Time(Duration(1'767'225'600'000));
constexpr Duration kOverdue = std::chrono::minutes(10);

Candidate Waiting(const std::string& id, Priority priority, Duration ready_for = Duration(0),
                  const std::string& entrypoint = "hello") {
  return {id, entrypoint, priority, kNow - ready_for};
}

std::string Ids(ClaimOrder& order, Priority least, int count) {
  std::string ids;
  for (int i = 0; i < count; ++i)
    if (const auto next = order.Next(least)) ids += next->id;
  return ids;
}

}  // namespace

TEST_CASE("claim order: by priority, then in the order of the line") {
  Ageing ageing;
  ClaimOrder order({Waiting("a", Priority::kHigh), Waiting("b", Priority::kHigh),
                    Waiting("c", Priority::kNormal), Waiting("d", Priority::kBackground)},
                   kNow, kOverdue, ageing);
  CHECK(Ids(order, Priority::kBackground, 5) == "abcd");
}

TEST_CASE("claim order: with express slots alone nothing below high is next") {
  Ageing ageing;
  ClaimOrder order({Waiting("a", Priority::kCritical), Waiting("b", Priority::kHigh),
                    Waiting("c", Priority::kNormal, kOverdue)},
                   kNow, kOverdue, ageing);
  CHECK(Ids(order, Priority::kHigh, 3) == "ab");
  CHECK(Ids(order, Priority::kBackground, 3) == "c");
}

TEST_CASE("claim order: one start in ten goes to the job that is overdue longest") {
  Ageing ageing;
  std::vector<Candidate> candidates;
  for (int i = 0; i < 20; ++i) candidates.push_back(Waiting(".", Priority::kHigh));
  candidates.push_back(Waiting("n", Priority::kNormal, kOverdue));
  candidates.push_back(Waiting("b", Priority::kBackground, kOverdue * 2));
  ClaimOrder order(candidates, kNow, kOverdue, ageing);
  CHECK(Ids(order, Priority::kBackground, 22) == ".........b.........n..");
}

TEST_CASE("claim order: starts that pass nobody overdue by are not counted") {
  Ageing ageing;
  std::vector<Candidate> fresh(15, Waiting(".", Priority::kHigh));
  ClaimOrder before(fresh, kNow, kOverdue, ageing);
  CHECK(Ids(before, Priority::kBackground, 15).size() == 15);
  fresh.push_back(Waiting("b", Priority::kBackground, kOverdue));
  ClaimOrder after(fresh, kNow, kOverdue, ageing);
  CHECK(Ids(after, Priority::kBackground, 10) == ".........b");
}

TEST_CASE("claim order: the count goes on from turn to turn") {
  Ageing ageing;
  std::string started;
  for (int turn = 0; turn < 10; ++turn) {
    ClaimOrder order({Waiting(".", Priority::kNormal), Waiting("b", Priority::kLow, kOverdue)},
                     kNow, kOverdue, ageing);
    started += Ids(order, Priority::kBackground, 1);
  }
  CHECK(started == ".........b");
}

TEST_CASE("claim order: starts in express slots count, and the tenth is not for them") {
  Ageing ageing;
  std::vector<Candidate> candidates(30, Waiting(".", Priority::kHigh));
  candidates.push_back(Waiting("b", Priority::kBackground, kOverdue));
  ClaimOrder order(candidates, kNow, kOverdue, ageing);
  CHECK(Ids(order, Priority::kHigh, 8) == "........");
  CHECK(!order.IsTurnBelow(Priority::kHigh));
  CHECK(Ids(order, Priority::kHigh, 1) == ".");
  CHECK(order.IsTurnBelow(Priority::kHigh));
  CHECK(!order.IsTurnBelow(Priority::kBackground));
  CHECK(Ids(order, Priority::kHigh, 2) == "..");  // whoever lets them go on all the same
  CHECK(Ids(order, Priority::kBackground, 2) == "b.");
  CHECK(!order.IsTurnBelow(Priority::kHigh));
}

TEST_CASE("claim order: without ageing priority alone counts") {
  Ageing ageing;
  std::vector<Candidate> candidates(30, Waiting(".", Priority::kNormal));
  candidates.push_back(Waiting("b", Priority::kBackground, std::chrono::hours(100)));
  ClaimOrder order(candidates, kNow, Duration::zero(), ageing);
  CHECK(Ids(order, Priority::kBackground, 30).find('b') == std::string::npos);
}

}  // namespace jobgate
