// Expected failures as values, and the one table that maps them to HTTP and to exit codes.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace jobgate {

enum class Code {
  kInvalidArgument,  // the caller's input; `fields` names each place
  kUnauthorized,     // no token, or one that nobody knows
  kForbidden,        // known, but may not do this
  kNotFound,
  kMethodNotAllowed,
  kConflict,          // the job's state or a key forbids it
  kTooLarge,          // body, params or batch over its limit
  kUnsupportedMedia,  // a body that is not JSON
  kRequestTimeout,    // the client sent its request too slowly
  kHeadersTooLarge,
  kBackpressure,  // above the admission threshold
  kQueueFull,
  kRateLimited,
  kIntakePaused,
  kStoreFault,   // nothing can be made durable at the moment
  kUnavailable,  // the engine did not take or answer the command in time
  kUnreachable,  // client side only: no daemon answers
  kInternal,
};

struct CodeInfo {
  Code code;
  std::string_view slug;   // stable word for `type` in problem+json: /problems/<slug>
  std::string_view title;  // RFC 9457 `title`
  int http_status;
  int exit_code;  // of the CLI
};

const CodeInfo& InfoOf(Code code);

// The code a problem's `type` slug names; kInternal for an unknown slug.
Code CodeOfSlug(std::string_view slug);

// One wrong place in the input. `pointer` is an RFC 6901 JSON pointer ("" = whole document).
struct FieldError {
  std::string pointer;
  std::string detail;
};

struct Error {
  Code code = Code::kInternal;
  std::string message;  // one line that says what to do
  std::vector<FieldError> fields = {};
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
  std::string job_id = {};  // the job a conflict is with, if any
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> Fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
inline tl::unexpected<Error> FailField(std::string pointer, std::string detail) {
  Error error{Code::kInvalidArgument, pointer.empty() ? detail : pointer + ": " + detail};
  error.fields.push_back({std::move(pointer), std::move(detail)});
  return tl::unexpected<Error>(std::move(error));
}

// Evaluates a Result<void>-like expression and returns its error from the calling function.
#define JOBGATE_TRY(expression)                                               \
  do {                                                                        \
    if (auto try_result = (expression); !try_result)                          \
      return tl::unexpected<::jobgate::Error>(std::move(try_result).error()); \
  } while (false)

}  // namespace jobgate
