#include "src/cli/commands/commands.h"

#include <array>

namespace jobgate {
namespace {

struct Row {
  const char* group;  // the heading in `jobgate --help`
  void (*add)(CommandBuilder& root);
};

constexpr const char* kJobs = "Jobs";
constexpr const char* kGates = "Gates and decisions";
constexpr const char* kOperation = "Operation";
constexpr const char* kSetup = "Setup";

constexpr std::array kTable = {
    Row{kJobs, AddSubmit},      Row{kJobs, AddBatch},       Row{kJobs, AddRun},
    Row{kJobs, AddList},        Row{kJobs, AddShow},        Row{kJobs, AddExplain},
    Row{kJobs, AddLogs},        Row{kJobs, AddEvents},      Row{kJobs, AddCancel},
    Row{kJobs, AddPriority},    Row{kJobs, AddRetry},       Row{kJobs, AddReplay},

    Row{kGates, AddWaiting},    Row{kGates, AddApprove},    Row{kGates, AddReject},
    Row{kGates, AddCheck},      Row{kGates, AddExtend},     Row{kGates, AddResolve},
    Row{kGates, AddDlq},

    Row{kOperation, AddServe},  Row{kOperation, AddHealth}, Row{kOperation, AddStats},
    Row{kOperation, AddErrors}, Row{kOperation, AddStuck},  Row{kOperation, AddFail},
    Row{kOperation, AddWorker}, Row{kOperation, AddIntake}, Row{kOperation, AddBreaker},
    Row{kOperation, AddStore},  Row{kOperation, AddAudit},  Row{kOperation, AddDoctor},

    Row{kSetup, AddInit},       Row{kSetup, AddConfig},     Row{kSetup, AddCompletion},
    Row{kSetup, AddVersion},
};

}  // namespace

void AddCommands(CommandBuilder& root) {
  for (const Row& row : kTable) {
    root.NextGroup(row.group);
    row.add(root);
  }
}

}  // namespace jobgate
