// What kind of error a message is of: the message without what differs from case to case.
#pragma once
#include <string>
#include <string_view>

namespace jobgate {

// Times, ids, hex digits, addresses, paths, quoted texts and numbers become <time>, <id>, <hex>,
// <address>, <path>, <text> and <n>; runs of blanks become one. At most 300 bytes.
std::string ErrorPattern(std::string_view message);

}  // namespace jobgate
