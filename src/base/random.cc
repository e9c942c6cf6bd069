#include "src/base/random.h"

#include <sys/random.h>

#include "src/base/check.h"

namespace jobgate {

uint64_t SystemRandom::Next() {
  uint64_t bits = 0;
  JOBGATE_CHECK(::getrandom(&bits, sizeof bits, 0) == sizeof bits, "getrandom(2) of 8 bytes");
  return bits;
}

}  // namespace jobgate
