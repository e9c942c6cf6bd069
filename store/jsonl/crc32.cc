#include "store/jsonl/crc32.h"

#include <array>
#include <bit>
#include <cstring>

namespace jobgate::jsonl {
namespace {

constexpr uint32_t kPolynomial = 0xEDB88320;

using Table = std::array<std::array<uint32_t, 256>, 8>;

// tables[n][b]: what byte b does to the remainder n bytes later ("slicing by 8", Kounavis and
// Berry 2008); a start reads the whole history through this.
constexpr Table MakeTable() {
  Table table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? kPolynomial : 0);
    table[0][byte] = rest;
  }
  for (uint32_t byte = 0; byte < 256; ++byte)
    for (size_t n = 1; n < 8; ++n) {
      const uint32_t before = table[n - 1][byte];
      table[n][byte] = (before >> 8) ^ table[0][before & 0xff];
    }
  return table;
}

constexpr Table kTable = MakeTable();

static_assert(std::endian::native == std::endian::little, "eight bytes are read as they lie");

}  // namespace

uint32_t Crc32(std::string_view bytes, uint32_t before) {
  uint32_t crc = ~before;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, at, sizeof eight);
    eight ^= crc;
    crc = kTable[7][eight & 0xff] ^ kTable[6][(eight >> 8) & 0xff] ^
          kTable[5][(eight >> 16) & 0xff] ^ kTable[4][(eight >> 24) & 0xff] ^
          kTable[3][(eight >> 32) & 0xff] ^ kTable[2][(eight >> 40) & 0xff] ^
          kTable[1][(eight >> 48) & 0xff] ^ kTable[0][eight >> 56];
  }
  for (; left > 0; ++at, --left)
    crc = (crc >> 8) ^ kTable[0][(crc ^ static_cast<unsigned char>(*at)) & 0xff];
  return ~crc;
}

}  // namespace jobgate::jsonl
