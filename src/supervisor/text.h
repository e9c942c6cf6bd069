// Text that jobs write, made fit to be shown and sent.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace jobgate {

// Bytes of the UTF-8 sequence (RFC 3629) that begins `text`; 0 where it begins none.
size_t Utf8Length(std::string_view text);

// The last line that is not empty, without control characters and bytes that are not UTF-8, cut
// to `bytes_max` at a character's end.
std::string LastLine(std::string_view text, size_t bytes_max);

std::string ToHex(std::string_view bytes);

}  // namespace jobgate
