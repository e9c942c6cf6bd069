// Which declaration a job runs by.
#pragma once
#include <memory>

#include "src/config/config.h"
#include "src/job/job.h"

namespace jobgate {

// Read from the job, or lent by the settings: `config` has to outlive it.
using DeclarationPtr = std::shared_ptr<const Entrypoint>;

// The pinned declaration where the job has one, else that of the settings now.
// Errors: kNotFound where the settings no longer have the entrypoint or the job's step.
Result<DeclarationPtr> DeclarationOf(const Job& job, const Config& config);

// Of the settings now, whatever the job pinned. Errors: kNotFound as above.
Result<DeclarationPtr> CurrentDeclarationOf(const Job& job, const Config& config);

// Pins `declaration` (its JSON) for as long as the job runs and waits at a gate that it came to:
// back in the queue it follows the settings again.
void HoldUntilQueued(Job& job, Json declaration);
bool IsHeldUntilQueued(const Job& job);

// The gate that holds the job's current step: declared, or that of the settings where the job
// asked for approval itself, or has a request for a step that is declared without a gate by now.
// Null where there is none.
const GatePolicy* GateOf(const Job& job, const Entrypoint& declaration, const Config& config);

}  // namespace jobgate
