// The one place that knows which kinds of store there are.
#pragma once
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

// `type` and `path` are store.type and store.path of the settings. Errors: kStoreFault for what
// the environment does and for damage; kConflict for a file of another program, of another kind of
// store, or of a newer version.
Result<OpenedStore> OpenStore(const std::string& type, const std::string& path);

}  // namespace jobgate
