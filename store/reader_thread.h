// The one thread that answers lists, single jobs and reports, on a read-only connection.
#pragma once
#include "store/query_thread.h"
#include "store/store.h"

namespace jobgate {

using ReaderThread = QueryThread<StoreReader>;

}  // namespace jobgate
