#include "src/turn/declarations.h"

namespace jobgate {
namespace {

// Beside the fields of the declaration, which skip it.
constexpr const char* kUntilQueued = "untilQueued";

Result<DeclarationPtr> WithStep(const Job& job, DeclarationPtr declaration) {
  if (static_cast<size_t>(job.step) >= declaration->steps.size())
    return Fail(Code::kNotFound,
                "entrypoint '" + job.entrypoint + "' no longer has step '" + job.step_name + "'");
  return declaration;
}

}  // namespace

Result<DeclarationPtr> DeclarationOf(const Job& job, const Config& config) {
  if (!job.spec) return CurrentDeclarationOf(job, config);
  auto parsed = ParseJson(*job.spec);
  if (!parsed) return Fail(std::move(parsed).error());
  auto declaration = EntrypointFromJson(*parsed);
  if (!declaration) return Fail(std::move(declaration).error());
  return WithStep(job, std::make_shared<const Entrypoint>(*std::move(declaration)));
}

Result<DeclarationPtr> CurrentDeclarationOf(const Job& job, const Config& config) {
  const auto found = config.entrypoints.find(job.entrypoint);
  if (found == config.entrypoints.end())
    return Fail(Code::kNotFound,
                "entrypoint '" + job.entrypoint + "' is no longer declared in " + config.path);
  return WithStep(job, DeclarationPtr(std::shared_ptr<void>(), &found->second.entrypoint));
}

void HoldUntilQueued(Job& job, Json declaration) {
  declaration[kUntilQueued] = true;
  job.spec = Canonical(declaration);
}

bool IsHeldUntilQueued(const Job& job) {
  if (!job.spec) return false;
  const auto spec = ParseJson(*job.spec);
  return spec && spec->value(kUntilQueued, false);
}

const GatePolicy* GateOf(const Job& job, const Entrypoint& declaration, const Config& config) {
  const auto& declared = declaration.steps.at(static_cast<size_t>(job.step)).gate;
  if (declared) return &*declared;
  return job.gate ? &config.approval.gate : nullptr;
}

}  // namespace jobgate
