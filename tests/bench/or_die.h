// What the measuring programs do with errors of the store.
#pragma once
#include <cstdlib>
#include <iostream>
#include <type_traits>
#include <utility>

#include "src/base/error.h"

namespace jobgate::bench {

// The value, or the error's message on stderr and exit code 1: a measurement with an error in it
// is none.
template <typename T>
T OrDie(Result<T> result) {
  if (!result) {
    std::cerr << result.error().message << std::endl;
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace jobgate::bench
