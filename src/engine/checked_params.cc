#include "src/engine/checked_params.h"

#include <utility>

#include "src/base/digest.h"
#include "src/config/params_schema.h"
#include "src/config/placeholders.h"

namespace jobgate {

Result<const Config::Declared*> FindDeclared(const Config& config, const std::string& name) {
  const auto found = config.entrypoints.find(name);
  if (found != config.entrypoints.end()) return &found->second;
  const std::string detail = "no entrypoint '" + name + "' is declared in " + config.path;
  Error error{Code::kNotFound, "/entrypoint: " + detail};
  error.fields.push_back({"/entrypoint", detail});
  return Fail(std::move(error));
}

Result<CheckedParams> CheckParams(const Config& config, const SubmitJob& request) {
  auto declared = FindDeclared(config, request.entrypoint);
  if (!declared) return Fail(std::move(declared).error());
  CheckedParams checked;
  checked.params = (*declared)->params_schema->WithDefaults(request.params);
  JOBGATE_TRY((*declared)->params_schema->Check(checked.params));
  const Entrypoint& declaration = (*declared)->entrypoint;
  for (const Step& step : declaration.steps) {
    auto argv = RenderArgv(step.run, checked.params, declaration.params_schema);
    if (!argv) return Fail(std::move(argv).error());
  }
  checked.text = Canonical(checked.params);
  checked.hash =
      Sha256Hex(request.entrypoint + '\n' + checked.text + '\n' + request.plan_hash.value_or(""));
  return checked;
}

void CheckAhead(const std::shared_ptr<const Config>& config, SubmitJob& request) {
  auto checked = CheckParams(*config, request);
  if (!checked) return;
  checked->config = config;
  request.checked = std::make_shared<const CheckedParams>(*std::move(checked));
}

}  // namespace jobgate
