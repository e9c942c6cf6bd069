// Randomness as the engine sees it. Injected, so that a run repeats from its seed.
#pragma once
#include <cstdint>
#include <string>

namespace jobgate {

class Random {
 public:
  virtual ~Random() = default;
  // 64 uniformly distributed bits.
  virtual uint64_t Next() = 0;
};

// getrandom(2); fit for tokens and nonces.
class SystemRandom final : public Random {
 public:
  uint64_t Next() override;
};

// 16 lower-case hex digits for each of `words` draws.
std::string RandomHex(Random& random, int words);

}  // namespace jobgate
