// What retention leaves of an event's payload: its digest, so that a chain over the digests of
// payloads can still be verified.
#pragma once
#include <string>
#include <string_view>

#include "src/base/digest.h"

namespace jobgate {

// {"forgotten":"sha256:<hex of the payload's own text>"}
inline std::string ForgottenPayload(std::string_view payload) {
  return R"({"forgotten":"sha256:)" + Sha256Hex(payload) + "\"}";
}

inline bool IsForgotten(std::string_view payload) {
  return payload.starts_with(R"({"forgotten":"sha256:)");
}

// SHA-256 of the payload's own text as hex, whether it is still there or forgotten.
inline std::string PayloadDigest(std::string_view payload) {
  constexpr size_t kHexAt = 21;  // behind {"forgotten":"sha256:
  if (IsForgotten(payload) && payload.size() == kHexAt + 64 + 2)
    return std::string(payload.substr(kHexAt, 64));
  return Sha256Hex(payload);
}

}  // namespace jobgate
