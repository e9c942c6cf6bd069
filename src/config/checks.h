// What a JSON Schema cannot say about jobs.json: rules that look at several keys at once.
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/base/json.h"
#include "src/config/params_schema.h"

namespace jobgate {

using CompiledParams = std::map<std::string, std::shared_ptr<const ParamsSchema>>;

// Adds every broken rule of `effective` (defaults filled in) to `problems`, which holds what the
// schema found: a part that is wrong already is not looked at again. Relative paths start at
// `base_dir`; `local_people` can approve with the provider local. Returns the compiled params
// schemas by entrypoint.
CompiledParams CheckMeaning(const Json& effective, const std::string& base_dir, size_t local_people,
                            std::vector<FieldError>& problems);

}  // namespace jobgate
