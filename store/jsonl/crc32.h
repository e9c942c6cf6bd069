// CRC-32 as in zlib, gzip and Python's zlib.crc32 (ISO 3309, polynomial 0x04C11DB7 reflected).
#pragma once
#include <cstdint>
#include <string_view>

namespace jobgate::jsonl {

// Of the bytes behind `before` (the CRC of what came earlier) and then `bytes`.
uint32_t Crc32(std::string_view bytes, uint32_t before = 0);

}  // namespace jobgate::jsonl
