// Everything random in a simulated run, from one seed.
#pragma once
#include <cstdint>
#include <vector>

#include "src/base/random.h"
#include "src/base/time.h"

namespace jobgate::sim {

// splitmix64: any seed will do, and equal seeds give equal bits everywhere.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next() override {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_;
};

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}

  int64_t Below(int64_t bound) {
    return static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(bound));
  }
  int64_t Between(int64_t least, int64_t most) { return least + Below(most - least + 1); }
  bool OneIn(int64_t n) { return Below(n) == 0; }
  bool Percent(int64_t share) { return Below(100) < share; }
  Duration Milliseconds(int64_t least, int64_t most) { return Duration(Between(least, most)); }

  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(Below(static_cast<int64_t>(from.size())))];
  }

 private:
  SeededRandom random_;
};

}  // namespace jobgate::sim
