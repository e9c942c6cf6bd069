#include "approvals/watcher/setbacks.h"

#include <doctest/doctest.h>

namespace jobgate {

using std::chrono::seconds;

TEST_CASE("setbacks: the same failure waits twice as long each time, up to a minute") {
  Setbacks<int> setbacks;
  Duration now = seconds(100);
  for (const int pause : {2, 4, 8, 16, 32, 60, 60}) {
    setbacks.Failed(1, "denied", now, std::nullopt);
    CHECK(setbacks.Next() == now + seconds(pause));
    CHECK(setbacks.WaitingAt(now + seconds(pause) - Duration(1)) == std::set<int>{1});
    now += seconds(pause);
    CHECK(setbacks.WaitingAt(now).empty());
    CHECK(setbacks.Has(1));
  }
  setbacks.Succeeded(1);
  CHECK_FALSE(setbacks.Has(1));
  CHECK_FALSE(setbacks.Next());
}

TEST_CASE("setbacks: who fails at something else has come further") {
  Setbacks<int> setbacks;
  setbacks.Failed(1, "denied at a", seconds(100), std::nullopt);
  setbacks.Failed(1, "denied at a", seconds(110), std::nullopt);
  setbacks.Failed(1, "denied at b", seconds(120), std::nullopt);
  CHECK(setbacks.Next() == Duration(seconds(122)));
  setbacks.Failed(2, "asked once more", seconds(120), seconds(121));
  CHECK(setbacks.Next() == Duration(seconds(121)));
}

}  // namespace jobgate
