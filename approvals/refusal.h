// Why what somebody said at a gate does not count: a cause of a fixed set, which is counted, and a
// sentence for whoever said it.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "src/base/error.h"

namespace jobgate {

enum class RefusalCause {
  kElsewhere,      // said where this gate is not decided
  kRequester,      // by who asked for the job
  kOwnAccount,     // by the account that the daemon uses
  kBot,            // by a bot, or through an app
  kRole,           // by somebody without the permission
  kNotListed,      // by somebody who is not among the approvers
  kLabel,          // by a label that approves nothing here
  kTooEarly,       // before the request
  kEdited,         // in a comment that was edited
  kAuthorUnknown,  // by an account that is gone
  kOtherDigest,    // about something else than what waits
};

inline constexpr std::array<std::pair<RefusalCause, std::string_view>, 11> kRefusalCauses = {{
    {RefusalCause::kElsewhere, "elsewhere"},
    {RefusalCause::kRequester, "requester"},
    {RefusalCause::kOwnAccount, "own_account"},
    {RefusalCause::kBot, "bot"},
    {RefusalCause::kRole, "role"},
    {RefusalCause::kNotListed, "not_listed"},
    {RefusalCause::kLabel, "label"},
    {RefusalCause::kTooEarly, "too_early"},
    {RefusalCause::kEdited, "edited"},
    {RefusalCause::kAuthorUnknown, "author_unknown"},
    {RefusalCause::kOtherDigest, "other_digest"},
}};

constexpr std::string_view NameOf(RefusalCause cause) {
  for (const auto& [known, name] : kRefusalCauses)
    if (known == cause) return name;
  return "";
}

inline constexpr size_t kRefusalsMax = 50;  // of one request that are answered and remembered

struct Refusal {
  RefusalCause cause = RefusalCause::kElsewhere;
  std::string words;

  Error AsError() const { return {Code::kForbidden, words}; }
};

using Allowed = tl::expected<void, Refusal>;

inline tl::unexpected<Refusal> Refused(RefusalCause cause, std::string words) {
  return tl::unexpected<Refusal>(Refusal{cause, std::move(words)});
}

}  // namespace jobgate
