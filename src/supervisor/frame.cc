#include "src/supervisor/frame.h"

#include <cstdint>

namespace jobgate {
namespace {

constexpr size_t kHeadBytes = 4;

uint32_t LengthAt(const char* head) {
  uint32_t length = 0;
  for (size_t i = 0; i < kHeadBytes; ++i)
    length = length << 8 | static_cast<unsigned char>(head[i]);
  return length;
}

}  // namespace

void AppendFrame(std::string& out, std::string_view body) {
  const auto length = static_cast<uint32_t>(body.size());
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(length >> shift));
  out.append(body);
}

void FrameReader::Append(std::string_view bytes) {
  buffer_.erase(0, taken_);
  taken_ = 0;
  buffer_.append(bytes);
}

Result<std::optional<std::string_view>> FrameReader::Next() {
  const std::string_view rest = std::string_view(buffer_).substr(taken_);
  if (rest.size() < kHeadBytes) return std::nullopt;
  const size_t length = LengthAt(rest.data());
  if (length > kFrameBytesMax) return Fail(Code::kTooLarge, "a frame is too large");
  if (rest.size() < kHeadBytes + length) return std::nullopt;
  taken_ += kHeadBytes + length;
  return rest.substr(kHeadBytes, length);
}

}  // namespace jobgate
