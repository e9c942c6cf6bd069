// {param} placeholders in argv. They are replaced inside one element; nothing ever splits or
// joins elements, and there is no shell.
//
// {{ and }} are literal braces. A param that is absent or null is the empty text inside a larger
// element, and an element that is nothing but its placeholder is left out. Text stands as it is,
// numbers and booleans in their JSON form; objects and arrays are refused. An element whose
// first character comes from a param may not begin with "-", unless the param's property
// declares "x-allowOption": true: no submitter may turn a value into an option.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"

namespace jobgate {

// The names in `element`, in order. Errors: kInvalidArgument for a brace that is neither part
// of a placeholder nor doubled.
Result<std::vector<std::string>> PlaceholdersIn(std::string_view element);

// The argv of `run` for `params`, which ParamsSchema has accepted. Errors: kInvalidArgument with
// pointers below "/params", one for each refused value.
Result<std::vector<std::string>> RenderArgv(const std::vector<std::string>& run, const Json& params,
                                            const Json& params_schema);

}  // namespace jobgate
