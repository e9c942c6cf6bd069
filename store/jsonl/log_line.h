// The lines of the store's files; docs/store-format.md shows them. Every line carries a CRC over
// all its other bytes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/time.h"

namespace jobgate::jsonl {

inline constexpr int kFormat = 2;  // 1 had no outbox, and events that were not chained

// The first line of a file.
struct FileHeader {
  int64_t format = kFormat;
  std::string kind;     // "log" or "snapshot"
  int64_t segment = 0;  // of a log its number, of a snapshot that of the last log it holds
  int64_t after = 0;    // sequence number of the last turn before this file's, or in the snapshot
};

// One turn, or in a snapshot one part of it.
struct Line {
  int64_t seq = 0;
  Time at;
  std::string_view ops;   // what is between the brackets
  size_t ops_offset = 0;  // from the start of the line
};

// Each with its line break.
std::string HeaderLine(const FileHeader& header);
std::string TurnLine(int64_t seq, Time at, std::string_view ops);
// Bytes of that TurnLine before its ops.
size_t OpsOffset(int64_t seq, Time at);

// Without its line break. Absent where it is not such a line, byte for byte.
std::optional<Line> ParseLine(std::string_view line);

enum class HeaderVerdict {
  kGood,
  kForeign,  // no file of this store
  kDamaged
};
HeaderVerdict ParseHeader(std::string_view line, FileHeader& header);

}  // namespace jobgate::jsonl
