// The params of a submission held against settings: what can be reckoned before the turn that takes
// it. Any thread.
#pragma once
#include <memory>
#include <string>

#include "src/base/error.h"
#include "src/base/json.h"
#include "src/config/config.h"
#include "src/engine/command.h"

namespace jobgate {

struct CheckedParams {
  std::shared_ptr<const Config> config;  // what they were held against, where it was not the turn's
  Json params;                           // with their defaults
  std::string text;                      // canonical JSON
  // What is asked for: of two active jobs with one hash the second is a duplicate, and an
  // idempotency key stands for one hash.
  std::string hash;
};

// The declaration of an entrypoint. Errors: kNotFound.
Result<const Config::Declared*> FindDeclared(const Config& config, const std::string& name);

// Against the schema of the params, and the placeholders of every step. Errors: kNotFound
// (entrypoint), kInvalidArgument with every wrong field, kTooLarge.
Result<CheckedParams> CheckParams(const Config& config, const SubmitJob& request);

// Spares the turn of `request` that check, if `config` is still in use then. What is wrong is left
// to the turn, which refuses it.
void CheckAhead(const std::shared_ptr<const Config>& config, SubmitJob& request);

}  // namespace jobgate
