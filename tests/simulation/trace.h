// A running hash over everything that a run does; equal seeds must give equal hashes.
#pragma once
#include <cstdint>
#include <string_view>

namespace jobgate::sim {

class Trace {
 public:
  void Add(std::string_view text) {  // FNV-1a, with a separator
    for (const char c : text) Mix(static_cast<unsigned char>(c));
    Mix(0xFF);
  }
  void Add(int64_t number) {
    for (int shift = 0; shift < 64; shift += 8)
      Mix(static_cast<unsigned char>(static_cast<uint64_t>(number) >> shift));
  }
  uint64_t hash() const { return hash_; }

 private:
  void Mix(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001B3; }

  uint64_t hash_ = 0xCBF29CE484222325;
};

}  // namespace jobgate::sim
