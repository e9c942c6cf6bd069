#include "src/base/error.h"

#include <array>
#include <cstdlib>

#include "src/base/check.h"

namespace jobgate {
namespace {

constexpr std::array kTable = {
    CodeInfo{Code::kInvalidArgument, "invalid", "The input is not valid", 400, 2},
    CodeInfo{Code::kUnauthorized, "unauthorized", "A token is needed", 401, 5},
    CodeInfo{Code::kForbidden, "forbidden", "This is not allowed", 403, 5},
    CodeInfo{Code::kNotFound, "not-found", "Not found", 404, 3},
    CodeInfo{Code::kMethodNotAllowed, "method-not-allowed", "Method not allowed here", 405, 2},
    CodeInfo{Code::kConflict, "conflict", "Conflict with the current state", 409, 7},
    CodeInfo{Code::kTooLarge, "too-large", "Over the size limit", 413, 2},
    CodeInfo{Code::kUnsupportedMedia, "unsupported-media", "The body must be JSON", 415, 2},
    CodeInfo{Code::kRequestTimeout, "request-timeout", "The request came too slowly", 408, 6},
    CodeInfo{Code::kHeadersTooLarge, "headers-too-large", "Too many or too long headers", 431, 2},
    CodeInfo{Code::kBackpressure, "backpressure", "The queue asks for a pause", 429, 4},
    CodeInfo{Code::kQueueFull, "queue-full", "The queue is full", 429, 4},
    CodeInfo{Code::kRateLimited, "rate-limited", "Too many submissions a minute", 429, 4},
    CodeInfo{Code::kIntakePaused, "intake-paused", "Intake is paused", 503, 4},
    CodeInfo{Code::kStoreFault, "store-fault", "The store cannot write", 503, 4},
    CodeInfo{Code::kUnavailable, "unavailable", "The engine is too busy", 503, 4},
    CodeInfo{Code::kUnreachable, "unreachable", "No daemon answers", 503, 6},
    CodeInfo{Code::kInternal, "internal", "Internal error", 500, 1},
};

}  // namespace

const CodeInfo& InfoOf(Code code) {
  for (const CodeInfo& info : kTable)
    if (info.code == code) return info;
  JOBGATE_CHECK(false, "every Code has a row");
  std::abort();  // for compilers that do not see that the check never returns
}

Code CodeOfSlug(std::string_view slug) {
  for (const CodeInfo& info : kTable)
    if (info.slug == slug) return info.code;
  return Code::kInternal;
}

}  // namespace jobgate
