// The first part of an attempt whose program runs from a sealed copy: makes the copy, and becomes
// the program. In the attempt's own process, so that its timeout, limits, signals and end are those
// of the attempt, and no loop waits for a disk.
#pragma once

namespace jobgate {

// `jobgate seal PLAN ARGV…`: started by the supervisor alone, in the attempt's environment. `argv`
// is that whole command line. Returns only where nothing of the job ran, an exit code:
// kSealFailureFile beside the plan says why.
int RunSeal(int argc, char** argv);

}  // namespace jobgate
