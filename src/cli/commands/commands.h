// Every command of the command line. To add one: write its file here, name its Add function
// below and list it in commands.cc.
#pragma once
#include "src/cli/command_builder.h"

namespace jobgate {

// Declares all commands below `root`, in the order that help shows them.
void AddCommands(CommandBuilder& root);

void AddApprove(CommandBuilder& root);
void AddAudit(CommandBuilder& root);
void AddBatch(CommandBuilder& root);
void AddBreaker(CommandBuilder& root);
void AddCancel(CommandBuilder& root);
void AddCompletion(CommandBuilder& root);
void AddConfig(CommandBuilder& root);
void AddDlq(CommandBuilder& root);
void AddDoctor(CommandBuilder& root);
void AddErrors(CommandBuilder& root);
void AddEvents(CommandBuilder& root);
void AddExplain(CommandBuilder& root);
void AddCheck(CommandBuilder& root);
void AddExtend(CommandBuilder& root);
void AddFail(CommandBuilder& root);
void AddHealth(CommandBuilder& root);
void AddInit(CommandBuilder& root);
void AddIntake(CommandBuilder& root);
void AddList(CommandBuilder& root);
void AddLogs(CommandBuilder& root);
void AddPriority(CommandBuilder& root);
void AddReject(CommandBuilder& root);
void AddReplay(CommandBuilder& root);
void AddResolve(CommandBuilder& root);
void AddRetry(CommandBuilder& root);
void AddRun(CommandBuilder& root);
void AddServe(CommandBuilder& root);
void AddShow(CommandBuilder& root);
void AddStats(CommandBuilder& root);
void AddStore(CommandBuilder& root);
void AddStoreTransfer(CommandBuilder& store);
void AddStuck(CommandBuilder& root);
void AddSubmit(CommandBuilder& root);
void AddVersion(CommandBuilder& root);
void AddWaiting(CommandBuilder& root);
void AddStore(CommandBuilder& root);
void AddWorker(CommandBuilder& root);

}  // namespace jobgate
