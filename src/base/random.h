// Randomness as the engine sees it. Injected, so that a run repeats from its seed.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace jobgate {

class Random {
 public:
  virtual ~Random() = default;
  // 64 uniformly distributed bits.
  virtual uint64_t Next() = 0;
};

// getrandom(2); fit for tokens and nonces. Belongs to one thread. Draws as much at once as the
// system call promises to give whole (256 bytes), and keeps nothing that was handed out.
class SystemRandom final : public Random {
 public:
  uint64_t Next() override;

 private:
  std::array<uint64_t, 32> drawn_{};
  size_t left_ = 0;
};

// 16 lower-case hex digits for each of `words` draws.
std::string RandomHex(Random& random, int words);

}  // namespace jobgate
