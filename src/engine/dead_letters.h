// How jobs leave the dead-letter queue other than by a retry. They stay in the history as failed.
#pragma once
#include "src/engine/command.h"
#include "src/turn/turn.h"

namespace jobgate {

// Errors: kConflict where the job is not dead-lettered, or not yet past dlq.retentionDays where it
// is to be cleaned.
Result<Job> Drop(Turn& turn, const Job& job, const DropDeadLetter& command, const Actor& actor);

// Evicts the oldest entries beyond dlq.maxSize and cleans those past dlq.retentionDays, a bounded
// number a turn. Returns when there is more to do: now, where that was too many for one turn;
// nothing where only a new entry can change anything.
Result<std::optional<Time>> BoundDeadLetters(Turn& turn);

}  // namespace jobgate
