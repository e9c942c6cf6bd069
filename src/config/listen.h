// The address in http.listen: "host:port" or "[IPv6]:port".
#pragma once
#include <string>
#include <string_view>

#include "src/base/error.h"

namespace jobgate {

struct ListenAddress {
  std::string host;  // without brackets
  int port = 0;      // 1 to 65535
};

// Errors: kInvalidArgument saying what would be right.
Result<ListenAddress> ParseListen(std::string_view text);

}  // namespace jobgate
