// The words that jobs.json and pinned declarations use for the enums of config.h.
#pragma once
#include <optional>
#include <string_view>

#include "src/config/config.h"

namespace jobgate {

constexpr std::string_view NameOf(Backoff backoff) {
  switch (backoff) {
    case Backoff::kFixed:
      return "fixed";
    case Backoff::kLinear:
      return "linear";
    case Backoff::kExponential:
      return "exponential";
  }
  return "";
}

constexpr std::optional<Backoff> BackoffFromName(std::string_view name) {
  for (Backoff backoff : {Backoff::kFixed, Backoff::kLinear, Backoff::kExponential})
    if (NameOf(backoff) == name) return backoff;
  return std::nullopt;
}

constexpr std::string_view NameOf(Dedupe dedupe) {
  switch (dedupe) {
    case Dedupe::kActive:
      return "active";
    case Dedupe::kNone:
      return "none";
  }
  return "";
}

constexpr std::optional<Dedupe> DedupeFromName(std::string_view name) {
  for (Dedupe dedupe : {Dedupe::kActive, Dedupe::kNone})
    if (NameOf(dedupe) == name) return dedupe;
  return std::nullopt;
}

}  // namespace jobgate
