#include "src/turn/declarations.h"

namespace jobgate {
namespace {

Result<Entrypoint> WithStep(const Job& job, Entrypoint declaration) {
  if (static_cast<size_t>(job.step) >= declaration.steps.size())
    return Fail(Code::kNotFound,
                "entrypoint '" + job.entrypoint + "' no longer has step '" + job.step_name + "'");
  return declaration;
}

}  // namespace

Result<Entrypoint> DeclarationOf(const Job& job, const Config& config) {
  if (!job.spec) return CurrentDeclarationOf(job, config);
  auto parsed = ParseJson(*job.spec);
  if (!parsed) return Fail(std::move(parsed).error());
  auto declaration = EntrypointFromJson(*parsed);
  if (!declaration) return declaration;
  return WithStep(job, *std::move(declaration));
}

Result<Entrypoint> CurrentDeclarationOf(const Job& job, const Config& config) {
  const auto found = config.entrypoints.find(job.entrypoint);
  if (found == config.entrypoints.end())
    return Fail(Code::kNotFound,
                "entrypoint '" + job.entrypoint + "' is no longer declared in " + config.path);
  return WithStep(job, found->second.entrypoint);
}

const GatePolicy* GateOf(const Job& job, const Entrypoint& declaration, const Config& config) {
  const auto& declared = declaration.steps.at(static_cast<size_t>(job.step)).gate;
  if (declared) return &*declared;
  return job.gate ? &config.approval.gate : nullptr;
}

}  // namespace jobgate
