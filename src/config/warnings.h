// What in sound settings may not do what it seems to.
#pragma once
#include <vector>

#include "src/base/error.h"
#include "src/config/config.h"

namespace jobgate {

std::vector<FieldError> WarningsOf(const Config& config);

}  // namespace jobgate
