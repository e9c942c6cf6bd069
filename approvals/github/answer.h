// What a request to GitHub comes to: a value, or one of these reasons why there is none.
#pragma once
#include <optional>
#include <string>
#include <variant>

#include <tl/expected.hpp>

#include "src/base/time.h"

namespace jobgate::github {

// Times of waiting are those of Clock::Monotonic.

struct NotModified {};  // 304: what the ETag stands for is still so
struct Moved {          // a permanent redirect that is not followed, or a write to another origin
  std::string url;
};
struct Gone {};      // 410: deleted
struct NotFound {};  // 404: not there, or not to be seen with this token
struct Denied {      // 403
  std::string message;
  std::string permissions_needed;  // X-Accepted-GitHub-Permissions: "issues=write"; "" if not told
};
struct Unauthorized {  // no token, or one that GitHub refuses
  Duration retry_at;
  std::string message;
};
enum class Limit {
  kPrimary,    // requests an hour
  kSecondary,  // GitHub asks to go slower
  kSpacing,    // our own: a second between writes. Nothing was sent
};
struct RateLimited {
  Duration retry_at;
  Limit limit = Limit::kPrimary;
};
struct Invalid {  // 422, and other 4xx: the same request would be refused again
  int status = 422;
  std::string message;
};
struct Unavailable {  // no connection, 5xx, or an answer that cannot be understood
  Duration retry_at;
  std::string message;
  bool may_be_done = false;  // the request may have been carried out
};

struct Unsure {  // GitHub answered, and the same is asked once more before that is believed
  Duration retry_at;
  std::string message;
};

using Outcome = std::variant<NotModified, Moved, Gone, NotFound, Denied, Unauthorized, RateLimited,
                             Invalid, Unavailable, Unsure>;

template <typename T>
using Answer = tl::expected<T, Outcome>;

inline tl::unexpected<Outcome> Without(Outcome outcome) {
  return tl::unexpected<Outcome>(std::move(outcome));
}

template <typename Reason, typename T>
const Reason* WhyNot(const Answer<T>& answer) {
  return answer ? nullptr : std::get_if<Reason>(&answer.error());
}

// One line for people, without what was asked; holds no token.
std::string Describe(const Outcome& outcome);
// Whether other requests would fare no better at the moment.
bool ConcernsAll(const Outcome& outcome);
// When the same request makes sense again; nothing where it never does by itself.
std::optional<Duration> RetryAt(const Outcome& outcome);

}  // namespace jobgate::github
