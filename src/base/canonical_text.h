// The canonical text of src/base/json.h piece by piece, for who would make a value only to write
// it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/json.h"

namespace jobgate {

void AppendCanonical(const Json& value, std::string& out);
// As a JSON string.
void AppendCanonicalText(std::string_view text, std::string& out);
void AppendCanonicalNumber(int64_t number, std::string& out);

}  // namespace jobgate
