// Frames on a stream: four bytes of length (big endian), then so many bytes of a message.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/error.h"

namespace jobgate {

inline constexpr size_t kFrameBytesMax = 4u << 20;

void AppendFrame(std::string& out, std::string_view body);

class FrameReader {
 public:
  void Append(std::string_view bytes);
  // The next whole frame, valid until the next Append; nothing where more bytes are needed.
  // Errors: kTooLarge for a length over kFrameBytesMax; the stream cannot be read any further.
  Result<std::optional<std::string_view>> Next();

 private:
  std::string buffer_;
  size_t taken_ = 0;
};

}  // namespace jobgate
