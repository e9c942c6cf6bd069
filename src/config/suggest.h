// The known name that somebody who wrote an unknown one probably meant.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobgate {

// Nearest by edits (insert, drop, replace, swap), at most a third of the length apart.
std::optional<std::string> NearestName(std::string_view name,
                                       const std::vector<std::string>& known);

// "unknown, did you mean X?", or "unknown; known are A, B" where nothing is near.
std::string UnknownName(std::string_view name, const std::vector<std::string>& known);

}  // namespace jobgate
