// The people of the simulated world: what they ask of the daemon, knowing what anybody can see.
// They submit the same thing twice, approve what they looked at long ago, mistype ids, and
// approve what they may not.
#pragma once
#include <string>
#include <vector>

#include "src/engine/command.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/model.h"

namespace jobgate::sim {

struct Asked {
  Command command;
  Actor actor;
};

class People {
 public:
  People(Dice& dice, const Model& model) : dice_(dice), model_(model) {}

  Asked Draw();
  // One that starts the worker again.
  Asked StartWork();

 private:
  SubmitJob Submission();
  SubmitBatch Batch();
  Json Params();
  RetryJob Retry();
  ReplayJob Replay();
  ApproveJob Approval();
  SetIntake Intake();
  std::string DigestFor(const Job& job);
  // A job in one of `states` where there is one, else any; "" where there is none.
  JobId JobIn(std::initializer_list<JobState> states);
  // One that may be replayed; often a replay itself.
  JobId Replayable();
  std::string Typed(const JobId& id);

  Dice& dice_;
  const Model& model_;
  int64_t submissions_ = 0;
  std::vector<SubmitJob> repeated_;  // with a key, to be sent again
  std::vector<std::string> old_digests_;
};

}  // namespace jobgate::sim
