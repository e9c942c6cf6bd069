// The names that a store gives to its own files, or will: nothing else may take one of them.
#pragma once
#include <optional>
#include <string>

namespace jobgate {

// The store beside it that would take the file `path`, there or not, for its own. A store is known
// by its lock, which stays once it was opened.
std::optional<std::string> StoreThatOwns(const std::string& path);

}  // namespace jobgate
