// A params JSON Schema (draft 7), compiled once and used for every submission.
#pragma once
#include <memory>

#include "src/base/error.h"
#include "src/base/json.h"

namespace jobgate {

class ParamsSchema {
 public:
  // Errors: kInvalidArgument where `schema` is not a JSON Schema.
  static Result<std::shared_ptr<const ParamsSchema>> Compile(const Json& schema);
  virtual ~ParamsSchema() = default;
  // `params` with the `default` of each property it does not have. Done once, at submit, before
  // Check, so that the job, its digest and its idempotency key hold what will run.
  virtual Json WithDefaults(Json params) const = 0;
  // Every wrong place, as pointers below "/params"; an object of at most 64 KiB and kJsonDepthMax
  // levels is required.
  // Safe from any thread.
  virtual Result<void> Check(const Json& params) const = 0;
};

}  // namespace jobgate
