// Runs nothing: remembers what was to be run, and answers as told. At first there is no program.
#pragma once
#include <vector>

#include "src/base/process_runner.h"

namespace jobgate {

class ScriptedProcesses final : public ProcessRunner {
 public:
  Result<ProcessOutput> Run(const ProcessCall& call) override {
    calls.push_back(call);
    return answer;
  }
  Result<ProcessOutput> answer = Fail(Code::kNotFound, "no such program");
  std::vector<ProcessCall> calls;
};

}  // namespace jobgate
