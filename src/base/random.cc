#include "src/base/random.h"

#include <sys/random.h>

#include <string_view>
#include <utility>

#include "src/base/check.h"

namespace jobgate {

uint64_t SystemRandom::Next() {
  if (left_ == 0) {
    JOBGATE_CHECK(::getrandom(drawn_.data(), sizeof drawn_, 0) == sizeof drawn_, "getrandom(2)");
    left_ = drawn_.size();
  }
  return std::exchange(drawn_[--left_], 0);
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
