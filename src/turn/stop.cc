#include "src/turn/stop.h"

#include <utility>

#include "src/turn/declarations.h"
#include "src/turn/lifecycle.h"

namespace jobgate {
namespace {

Duration GraceOf(const Turn& turn, const Job& job) {
  auto declaration = DeclarationOf(job, turn.config);
  return declaration ? (*declaration)->kill_grace : turn.config.worker.kill_grace;
}

}  // namespace

Result<Job> StopRunning(Turn& turn, const Job& job, StopIntent intent) {
  if (job.stop && job.stop->kind != StopIntent::Kind::kDrain) return job;
  Job next = job;
  next.stop = std::move(intent);
  auto amended = Amend(turn, job, std::move(next), std::nullopt);
  if (!amended) return amended;
  turn.effects.stops.push_back({{job.id, job.attempts}, GraceOf(turn, job)});
  return amended;
}

}  // namespace jobgate
