// The one place that knows which kinds of store there are.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"
#include "store/upkeep.h"

namespace jobgate {

struct OpenedStore {
  std::unique_ptr<Store> store;
  std::unique_ptr<StoreReader> reader;  // for the reader thread
  std::unique_ptr<StoreUpkeep> upkeep;  // for the upkeep thread; reads only
  std::vector<std::string> warnings;    // what the start had to set right, for the log
};

// Calls a function again and again on the thread of the open store, between its turns, until it
// says that all is done or fails; not to be called on that thread.
using InPieces = std::function<Result<void>(std::function<Result<bool>()>)>;

// With `in_pieces`, upkeep has work that holds up or is held up by the turns done there. `type` and
// `path` are store.type and store.path of the settings. Errors: kStoreFault for what
// the environment does and for damage; kConflict for a file of another program, of another kind of
// store, or of a newer version.
Result<OpenedStore> OpenStore(const std::string& type, const std::string& path,
                              const InPieces& in_pieces = nullptr);

}  // namespace jobgate
