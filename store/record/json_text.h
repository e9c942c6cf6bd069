// Writing JSON text piece by piece, so that any bytes come back as they were.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace jobgate::record {

// A JSON string; for bytes that are not UTF-8, which no JSON text can hold, {"$hex":"fffe"}.
void AppendString(std::string& out, std::string_view bytes);

// `text` as the JSON object or array that it is, to be read back byte for byte; as a JSON string
// where it is neither, or does not fit into one line.
void AppendJson(std::string& out, std::string_view text);

void AppendNumber(std::string& out, int64_t number);

bool IsUtf8(std::string_view bytes);

}  // namespace jobgate::record
