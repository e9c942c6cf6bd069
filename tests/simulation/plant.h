// Faults planted into the simulated world on purpose: a suite of checks that lets one of them
// pass is itself broken.
#pragma once
#include <array>
#include <string_view>

namespace jobgate::sim {

enum class Plant {
  kNone,
  // in the store
  kDroppedCommit,        // one commit in a while is thrown away and reported as done
  kLateCommit,           // a commit is reported first and made durable with the next turn
  kForgottenKeys,        // idempotency keys are never found again
  kLostEvent,            // an event in a while is not written
  kBrokenChain,          // an event in a while does not follow from the one before it
  kForgedApproval,       // a request is stored with an approval that nobody gave
  kForgedCheck,          // a check of the plan that failed is stored as one that passed
  kStretchedTtl,         // an approval holds a year longer than it was given for
  kStolenSlots,          // more jobs are claimed than there are free slots
  kLastInFirstOut,       // the youngest and least urgent jobs are offered first
  kUnlimitedEntrypoint,  // the running jobs of an entrypoint are not counted
  kForgottenBreaker,     // what the breakers came to is not kept
  kUncountedJob,         // one running job is missing from the counters
  // in the supervisor
  kDoubleSpawn,       // one spawn in a while starts two processes
  kForgottenProcess,  // after a reconnect a running attempt is sometimes not told
  kOtherArgv,         // a process is started with other arguments than it was asked for
  kLostExit,          // an exit record in a while is never told
  // in the rest of the world
  kWildRandom,  // the engine's randomness does not follow from the seed
};

struct PlantName {
  Plant plant;
  std::string_view name;
};

inline constexpr std::array kPlants = {
    PlantName{Plant::kDroppedCommit, "a dropped commit"},
    PlantName{Plant::kLateCommit, "an acknowledgement before the commit"},
    PlantName{Plant::kForgottenKeys, "forgotten idempotency keys"},
    PlantName{Plant::kLostEvent, "a lost event"},
    PlantName{Plant::kBrokenChain, "an event that is not chained to the one before it"},
    PlantName{Plant::kForgedApproval, "a forged approval"},
    PlantName{Plant::kForgedCheck, "a forged check of the plan"},
    PlantName{Plant::kStretchedTtl, "an approval that outlives its time"},
    PlantName{Plant::kStolenSlots, "more claims than free slots"},
    PlantName{Plant::kLastInFirstOut, "the youngest job first"},
    PlantName{Plant::kUnlimitedEntrypoint, "more jobs of an entrypoint than it may run"},
    PlantName{Plant::kForgottenBreaker, "breakers that forget"},
    PlantName{Plant::kUncountedJob, "a running job that is not counted"},
    PlantName{Plant::kDoubleSpawn, "a spawn that runs twice"},
    PlantName{Plant::kForgottenProcess, "a process the supervisor forgot"},
    PlantName{Plant::kOtherArgv, "other arguments than were approved"},
    PlantName{Plant::kLostExit, "an exit record that is never told"},
};

}  // namespace jobgate::sim
