#include "src/loop/between_turns.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <thread>
#include <utility>

#include "tests/support/check_ok.h"

namespace jobgate {
namespace {

bool HasWork(const BetweenTurns& between, int wait_ms) {
  pollfd ready{between.fd(), POLLIN, 0};
  return ::poll(&ready, 1, wait_ms) == 1;
}

// `piece`, asked for by another thread.
class Asked {
 public:
  Asked(BetweenTurns& between, BetweenTurns::Piece piece)
      : thread_([this, &between, piece = std::move(piece)] { end_ = between.Do(piece); }) {
    REQUIRE(HasWork(between, 60'000));
  }
  Result<void> End() {
    thread_.join();
    return end_;
  }

 private:
  Result<void> end_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("between turns: a piece a turn on the loop thread, until all is done") {
  BetweenTurns between;
  const auto loop_thread = std::this_thread::get_id();
  int pieces = 0;
  bool elsewhere = false;
  Asked asked(between, [&]() -> Result<bool> {
    elsewhere |= std::this_thread::get_id() != loop_thread;
    return ++pieces == 3;
  });
  for (int turn = 1; turn <= 3; ++turn) {
    CHECK(HasWork(between, 0));
    between.Go();
    CHECK(pieces == turn);
  }
  CHECK_FALSE(HasWork(between, 0));
  between.Go();
  CHECK_OK(asked.End());
  CHECK(pieces == 3);
  CHECK_FALSE(elsewhere);
}

TEST_CASE("between turns: the piece that fails is the last") {
  BetweenTurns between;
  int pieces = 0;
  Asked asked(between, [&]() -> Result<bool> {
    ++pieces;
    return Fail(Code::kStoreFault, "no room");
  });
  between.Go();
  between.Go();
  const Result<void> end = asked.End();
  REQUIRE(!end);
  CHECK(end.error().message == "no room");
  CHECK(pieces == 1);
}

TEST_CASE("between turns: where the loop has ended, so has what waited, and nothing begins") {
  BetweenTurns between;
  const auto never = []() -> Result<bool> { return false; };
  Asked asked(between, never);
  between.Go();
  between.Close();
  const Result<void> end = asked.End();
  REQUIRE(!end);
  CHECK(end.error().code == Code::kUnavailable);
  CHECK(between.Do(never).error().code == Code::kUnavailable);
}

}  // namespace jobgate
