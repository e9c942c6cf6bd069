// The one thread that checks, copies and questions the store as a whole: what it does may take
// minutes, and holds no list up.
#pragma once
#include "store/query_thread.h"
#include "store/upkeep.h"

namespace jobgate {

using UpkeepThread = QueryThread<StoreUpkeep>;

}  // namespace jobgate
