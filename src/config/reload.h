// From one file content to the next while the daemon runs: what of it can be taken over, and what
// is different. Pure; any thread.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/config/config.h"

namespace jobgate {

struct NextConfig {
  // What the file says, but for what only a restart changes: that stays as it is in use.
  std::shared_ptr<const Config> config;
  std::vector<std::string> needs_restart;  // pointers at which the file differs from it
};

// `store` and `http.listen` are opened once, at the start.
NextConfig NextConfigOf(const Config& in_use, const Config& file);

struct ConfigChanges {
  Json list = Json::array();  // [{pointer, old, new}], null where there is no such value
  int omitted = 0;            // further ones
};
inline constexpr int kConfigChangesMax = 100;
inline constexpr size_t kChangedValueBytesMax = 1024;

// Between two documents with their defaults filled in. Objects are compared key by key, anything
// else whole; a value over kChangedValueBytesMax is told by its size and SHA-256. The documents
// name secrets and never hold their values.
ConfigChanges ChangesBetween(const Json& before, const Json& after);

}  // namespace jobgate
