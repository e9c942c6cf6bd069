// The lines of an export: a header, one record a line, an end. docs/store-export.md shows them.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "src/base/time.h"
#include "store/transfer/record_sink.h"

namespace jobgate::transfer {

inline constexpr int kFormat = 2;
inline constexpr int kOldestFormat = 1;  // has no outbox, and events that are not chained

struct Header {
  int64_t format = kFormat;
  std::string from;  // the type of the store that it is from
  Time at;
  std::string version;  // of the jobgate that wrote it
  RecordCounts counts;
};

struct End {
  RecordCounts counts;
  std::string sha256;  // of all bytes between header and end, hex
};

// Each with its line break.
std::string HeaderLine(const Header& header);
std::string EndLine(const End& end);

// Without the line break. Errors: kInvalidArgument, in words that follow the number of a line.
Result<Header> ParseHeader(std::string_view line);
// Absent where the line is none; `format` is the header's.
std::optional<End> ParseEnd(std::string_view line, int64_t format);

}  // namespace jobgate::transfer
