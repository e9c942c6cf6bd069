// Several lambdas as one visitor of a std::variant.
#pragma once

namespace jobgate {

template <typename... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};
// clang 14 deduces no aggregate's arguments by itself.
template <typename... Cases>
Overload(Cases...) -> Overload<Cases...>;

}  // namespace jobgate
