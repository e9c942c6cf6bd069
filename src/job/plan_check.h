// What the last attempt of a job was.
#pragma once
#include "src/job/job.h"

namespace jobgate {

// A run of the step before the job's, to check what was approved, rather than one of its own step.
inline bool WasPlanCheck(const Job& job) {
  return job.gate && job.gate->check && job.gate->check->attempt == job.attempts;
}

}  // namespace jobgate
