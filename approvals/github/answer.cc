#include "approvals/github/answer.h"

#include "src/base/overload.h"

namespace jobgate::github {

std::string Describe(const Outcome& outcome) {
  return std::visit(
      Overload{[](const NotModified&) -> std::string { return "nothing has changed"; },
               [](const Moved& moved) { return "it has moved to " + moved.url; },
               [](const Gone&) -> std::string { return "it was deleted"; },
               [](const NotFound&) -> std::string {
                 return "it is not there, or this token may not see it";
               },
               [](const Denied& denied) {
                 return "GitHub denies it (" + denied.message + ")" +
                        (denied.permissions_needed.empty()
                             ? ""
                             : "; the token needs " + denied.permissions_needed);
               },
               [](const Unauthorized& unauthorized) { return unauthorized.message; },
               [](const RateLimited& limited) -> std::string {
                 switch (limited.limit) {
                   case Limit::kPrimary:
                     return "GitHub's hourly limit of requests is used up";
                   case Limit::kSecondary:
                     return "GitHub asks for fewer requests";
                   case Limit::kSpacing:
                     return "writes are a second apart";
                 }
                 return "";
               },
               [](const Invalid& invalid) {
                 return "GitHub refuses it as " + std::to_string(invalid.status) + " (" +
                        invalid.message + ")";
               },
               [](const Unavailable& unavailable) {
                 return "GitHub is not available: " + unavailable.message;
               },
               [](const Unsure& unsure) { return unsure.message; }},
      outcome);
}

bool ConcernsAll(const Outcome& outcome) {
  return std::holds_alternative<Unauthorized>(outcome) ||
         std::holds_alternative<RateLimited>(outcome) ||
         std::holds_alternative<Unavailable>(outcome);
}

std::optional<Duration> RetryAt(const Outcome& outcome) {
  return std::visit(
      [](const auto& reason) -> std::optional<Duration> {
        if constexpr (requires { reason.retry_at; }) return reason.retry_at;
        return std::nullopt;
      },
      outcome);
}

}  // namespace jobgate::github
