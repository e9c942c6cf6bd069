#include "src/base/ulid.h"

#include <algorithm>

namespace jobgate {
namespace {

constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

}  // namespace

std::string UlidFactory::Next(Time now) {
  const auto now_ms = static_cast<uint64_t>(std::max<int64_t>(0, ToUnixMs(now)));
  if (now_ms > last_ms_) {
    last_ms_ = now_ms;
    const uint64_t high = random_.Next(), low = random_.Next();
    tail_ = {static_cast<uint16_t>((high >> 48) & 0x7fff),  // room to count up
             static_cast<uint16_t>(high >> 32), static_cast<uint16_t>(high >> 16),
             static_cast<uint16_t>(high), static_cast<uint16_t>(low)};
  } else {
    for (size_t i = tail_.size(); i-- > 0;)
      if (++tail_[i] != 0) break;
  }

  std::string id(26, '0');
  uint64_t ms = last_ms_;
  for (size_t i = 10; i-- > 0; ms >>= 5) id[i] = kAlphabet[ms & 31];
  // 80 bits as 16 digits of 5 bits, from the most significant bit on.
  uint32_t window = 0;
  int bits = 0;
  size_t out = 10;
  for (uint16_t part : tail_) {
    window = (window << 16) | part;
    bits += 16;
    while (bits >= 5) {
      bits -= 5;
      id[out++] = kAlphabet[(window >> bits) & 31];
    }
    window &= (1U << bits) - 1;
  }
  return id;
}

}  // namespace jobgate
