// Time-sortable identifiers: ULID, 48 bits of milliseconds and 80 random bits in Crockford
// base 32, 26 characters.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "src/base/random.h"
#include "src/base/time.h"

namespace jobgate {

// Makes ids that increase strictly in the order they are made, also within one millisecond and
// when time stands still or steps back. Not thread-safe: owned by one thread.
class UlidFactory {
 public:
  explicit UlidFactory(Random& random) : random_(random) {}
  std::string Next(Time now);

 private:
  Random& random_;
  uint64_t last_ms_ = 0;
  std::array<uint16_t, 5> tail_ = {};  // 80 bits, most significant first
};

}  // namespace jobgate
