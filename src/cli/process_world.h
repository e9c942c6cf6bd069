// The real surroundings of this process, for `main` to complete with what it alone can give.
#pragma once
#include "src/cli/world.h"

namespace jobgate {

// Standard streams, environment, user and terminal of this process; `serve` and `sqlite_version`
// are left empty. The references must outlive the world.
CliWorld ProcessWorld(HttpTransport& http, FileSystem& files, ProcessRunner& processes,
                      const Clock& clock, Random& random);

}  // namespace jobgate
