// The limits of an entrypoint's processes, for people.
#pragma once
#include <string>

#include "src/base/json.h"

namespace jobgate {

// "512 MiB of memory, 30.0s of CPU time, each process"; "" where there are none.
std::string LimitsInWords(const Json& limits);

}  // namespace jobgate
