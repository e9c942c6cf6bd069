// Who acts: os:alice, token:ci, github:alice.
#pragma once
#include <string_view>

namespace jobgate {

// "alice" of "github:alice"; the whole text where there is no prefix.
inline std::string_view NameOfActor(std::string_view actor) {
  const auto colon = actor.find(':');
  return colon == std::string_view::npos ? actor : actor.substr(colon + 1);
}

}  // namespace jobgate
