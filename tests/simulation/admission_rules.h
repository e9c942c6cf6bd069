// What may come in, told from the events alone: the intake as people and settings have it, the
// minute's limit, and backpressure with its ten points of hysteresis.
#pragma once
#include <cstdint>
#include <string>

#include "src/base/error.h"
#include "src/job/event.h"
#include "src/job/job.h"
#include "tests/simulation/settings.h"

namespace jobgate::sim {

class AdmissionRules {
 public:
  // Before the events of a turn: what was refused in it is judged by what held at some time in it.
  void BeginLook();

  // An event of the intake or the queue. Throws Violation where it does not follow.
  void Apply(const Event& event, const Json& payload, const Settings& current);
  // A submission was admitted; not a retry. Throws Violation (I6).
  void CheckAdmitted(const Job& job, bool waits, Time at);
  // After a turn: whether backpressure is as the queue says. Throws Violation.
  void CheckPressure(int64_t queued, const Settings& current) const;

  // Whether a submission of this priority may have been refused with `code` since BeginLook.
  bool MayRefuse(Code code, Priority priority) const;

 private:
  void Remember();

  bool pressed_ = false;
  bool paused_ = false;
  int per_minute_ = 0;
  bool is_full_ = true;  // the bucket
  double tokens_ = 0;
  Time counted_at_;
  bool was_pressed_ = false, was_paused_ = false, was_limited_ = false;
};

}  // namespace jobgate::sim
