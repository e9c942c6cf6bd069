// What the commands on jobs do, one function for each, chosen by the command's type. Errors:
// kNotFound or kInvalid where the id or prefix leads to no single job, else as the operation.
#pragma once
#include "src/engine/command.h"
#include "src/turn/turn.h"

namespace jobgate {

Result<Reply> Apply(Turn& turn, const SubmitJob& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const CancelJob& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const FailJob& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const SetPriority& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const RetryJob& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const ReplayJob& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const DropDeadLetter& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const ApproveJob& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const RejectJob& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const ExtendApproval& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const ResolveJob& command, const Actor& actor);
Result<Reply> Apply(Turn& turn, const ForgetJob& command, const Actor& actor);

// One job, or what it would be.
Result<SubmitReply> SubmitOne(Turn& turn, const SubmitJob& command, const Actor& actor);

}  // namespace jobgate
