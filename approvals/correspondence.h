// What a turn tells the people on GitHub: the events of jobs that stand on an issue become messages
// of the outbox, in the transaction that wrote the events.
#pragma once
#include "src/turn/turn.h"

namespace jobgate {

// To be called once, after everything else of the turn. Errors: of the store.
Result<void> WriteToIssues(Turn& turn);

// Has the label that `voice` set removed from the job's issue, without a word; nothing where that
// is on its way already, or it set none. Errors: of the store.
Result<void> TakeLabelOff(Turn& turn, const Job& job, const GitHubVoice& voice);

}  // namespace jobgate
