// The command line of jobgate: parses, runs one command, prints, and returns its exit code.
#pragma once
#include "src/cli/world.h"

namespace jobgate {

// Exit codes as in src/base/error.h; 2 for a wrong command line, 130 after Ctrl-C.
int RunCli(int argc, const char* const* argv, const CliWorld& world);

}  // namespace jobgate
