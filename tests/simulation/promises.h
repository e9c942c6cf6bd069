// What people were told, against what is durable: no acknowledgement without its effect, no
// refusal without its reason, and never an answer that blames the program itself.
#pragma once
#include <vector>

#include "tests/simulation/model.h"

namespace jobgate::sim {

class Promises {
 public:
  // `model` as History left it; `peak_*` are the largest queue and waiting room of the turn.
  Promises(Model& model, SettingsPtr current, int64_t peak_queued, int64_t peak_waiting);

  // Throws Violation. `sent` are the commands of one turn, in order; `durable` says whether its
  // commit was reported as done.
  void Check(const std::vector<SentPtr>& sent, bool durable);

 private:
  void RememberDoubt(const Sent& sent);
  void CheckOne(const Sent& sent);
  void Check(const Sent& sent, const SubmitJob& command);
  void Check(const Sent&, const SubmitBatch&) {}
  void Check(const Sent& sent, const RetryJob& command);
  void Check(const Sent& sent, const FailJob& command);
  void Check(const Sent& sent, const ReplayJob& command);
  void Check(const Sent& sent, const ForgetJob& command);
  void Check(const Sent& sent, const DropDeadLetter& command);
  void Check(const Sent& sent, const CancelJob& command);
  void Check(const Sent& sent, const ApproveJob& command);
  void Check(const Sent& sent, const RejectJob& command);
  void Check(const Sent& sent, const ResolveJob& command);
  void Check(const Sent& sent, const SetPriority& command);
  void Check(const Sent& sent, const ExtendApproval& command);
  void Check(const Sent&, const StartWorker&) {}
  void Check(const Sent&, const AdoptSettings&) {}
  void Check(const Sent&, const RejectSettings&) {}
  // Approvals here are local.
  void Check(const Sent&, const TakeObservations&) {}
  void Check(const Sent&, const TakeApprovalWork&) {}
  void Check(const Sent&, const TakeDelivery&) {}
  void Check(const Sent&, const CheckpointStore&) {}
  void Check(const Sent&, const StopWorker&) {}
  void Check(const Sent& sent, const SetIntake& command);
  void Check(const Sent& sent, const ResetBreaker& command);
  void Check(const Sent& sent, const TakeSnapshot& command);

  void CheckPreview(const Sent& sent, const SubmitJob& command) const;
  void CheckDuplicate(const Sent& sent, const SubmitJob& command, const Job& job);
  void CheckRefusedSubmit(const SubmitJob& command, const Error& error) const;
  bool IsValid(const SubmitJob& command) const;
  const KeySeen* LiveKey(const SubmitJob& command) const;
  const Job& Stored(const Sent& sent) const;

  Model& model_;
  const SettingsPtr current_;
  const int64_t peak_queued_;
  const int64_t peak_waiting_;
};

// Whom a CancelJob may end, remembered before the events of its turn are read.
void RememberCancels(Model& model, const std::vector<SentPtr>& sent);

// Takes out of the model what the store has forgotten.
void ForgetJobs(Model& model, Store& durable, const std::vector<SentPtr>& sent,
                const Settings& settings, Time now);

}  // namespace jobgate::sim
