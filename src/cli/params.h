// A submission's params from the command line: a whole JSON object, single values, or both.
#pragma once
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"

namespace jobgate {

// One "name=value", the value typed as `schema` (the entrypoint's params schema) declares the
// name: integer, number, boolean, null, JSON for objects and arrays, else a string.
// Errors: kInvalidArgument naming the param.
Result<void> SetParam(Json& params, const std::string& assignment, const Json& schema);

// The JSON object that --params holds. Errors: kInvalidArgument.
Result<Json> ParseParams(const std::string& text, const std::string& source);

}  // namespace jobgate
