#include "src/base/random.h"

#include <sys/random.h>

#include <string_view>

#include "src/base/check.h"

namespace jobgate {

uint64_t SystemRandom::Next() {
  uint64_t bits = 0;
  JOBGATE_CHECK(::getrandom(&bits, sizeof bits, 0) == sizeof bits, "getrandom(2) of 8 bytes");
  return bits;
}

std::string RandomHex(Random& random, int words) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (int word = 0; word < words; ++word) {
    const uint64_t bits = random.Next();
    for (int shift = 60; shift >= 0; shift -= 4) hex += kDigits[(bits >> shift) & 15];
  }
  return hex;
}

}  // namespace jobgate
