// The account that this process runs as.
#pragma once
#include "src/config/secrets.h"
#include "src/turn/turn.h"

namespace jobgate {

// The account's name by the user database, whatever USER says, and HOME of the environment. In a
// container either may be all there is: USER and the account's folder fill in.
JobUser ProcessUser(const Environment& environment);

}  // namespace jobgate
