#include "src/supervisor/wire_fields.h"

#include <limits>
#include <utility>

namespace jobgate::wire {
namespace {

constexpr unsigned kGroupBits = 7;
constexpr uint64_t kGroupMask = 0x7F;
constexpr unsigned char kMore = 0x80;
constexpr unsigned kNumberBits = 64;

// Small negative numbers stay short: 0, -1, 1, -2, … become 0, 1, 2, 3, …
uint64_t ZigZag(int64_t number) {
  return (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> (kNumberBits - 1));
}

int64_t FromZigZag(uint64_t bits) {
  return static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
}

}  // namespace

void WireWriter::operator()(int64_t number) {
  uint64_t bits = ZigZag(number);
  for (; bits > kGroupMask; bits >>= kGroupBits)
    bytes_.push_back(static_cast<char>((bits & kGroupMask) | kMore));
  bytes_.push_back(static_cast<char>(bits));
}

void WireWriter::operator()(const std::string& bytes) {
  (*this)(static_cast<int64_t>(bytes.size()));
  bytes_.append(bytes);
}

void WireWriter::operator()(const std::vector<std::string>& texts) {
  List(texts, [this](const std::string& text) { (*this)(text); });
}

void WireWriter::operator()(const std::map<std::string, std::string>& texts) {
  (*this)(static_cast<int64_t>(texts.size()));
  for (const auto& [name, value] : texts) {
    (*this)(name);
    (*this)(value);
  }
}

void WireReader::operator()(int64_t& number) {
  uint64_t bits = 0;
  for (unsigned shift = 0; shift < kNumberBits && !rest_.empty(); shift += kGroupBits) {
    const auto group = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    bits |= (group & kGroupMask) << shift;
    if ((group & kMore) == 0) {
      number = failed_ ? 0 : FromZigZag(bits);
      return;
    }
  }
  Fail();
  number = 0;
}

void WireReader::operator()(int& number) {
  int64_t wide = 0;
  (*this)(wide);
  const bool fits =
      wide >= std::numeric_limits<int>::min() && wide <= std::numeric_limits<int>::max();
  if (!fits) Fail();
  number = fits ? static_cast<int>(wide) : 0;
}

void WireReader::operator()(Duration& duration) {
  int64_t count = 0;
  (*this)(count);
  duration = Duration(count);
}

size_t WireReader::Count() {
  int64_t count = 0;
  (*this)(count);
  if (count >= 0 && static_cast<uint64_t>(count) <= rest_.size()) return static_cast<size_t>(count);
  Fail();
  return 0;
}

void WireReader::operator()(std::string& bytes) {
  const size_t size = Count();
  bytes.assign(rest_.substr(0, size));
  rest_.remove_prefix(size);
}

void WireReader::operator()(std::vector<std::string>& texts) {
  List(texts, [this](std::string& text) { (*this)(text); });
}

void WireReader::operator()(std::map<std::string, std::string>& texts) {
  for (size_t left = Count(); left > 0 && !failed_; --left) {
    std::string name;
    (*this)(name);
    (*this)(texts[std::move(name)]);
  }
}

}  // namespace jobgate::wire
