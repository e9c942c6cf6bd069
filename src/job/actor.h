// Who acts: os:alice, token:ci, github:alice.
#pragma once
#include <string_view>

#include "src/base/ascii.h"

namespace jobgate {

// "alice" of "github:alice"; the whole text where there is no prefix.
inline std::string_view NameOfActor(std::string_view actor) {
  const auto colon = actor.find(':');
  return colon == std::string_view::npos ? actor : actor.substr(colon + 1);
}

// Whether both may be one person: os:alice and github:Alice are, for all that can be known here.
inline bool IsSamePerson(std::string_view a, std::string_view b) {
  return IsSameFolded(NameOfActor(a), NameOfActor(b));
}

}  // namespace jobgate
