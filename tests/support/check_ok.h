// doctest assertions on Results that print the error.
#pragma once
#include <doctest/doctest.h>

#include <string>

#include "src/base/error.h"

namespace jobgate {

template <typename T>
std::string MessageOf(const Result<T>& result) {
  return result ? "" : result.error().message;
}

}  // namespace jobgate

#define CHECK_OK(expression) CHECK(::jobgate::MessageOf(expression) == "")
#define REQUIRE_OK(expression) REQUIRE(::jobgate::MessageOf(expression) == "")
