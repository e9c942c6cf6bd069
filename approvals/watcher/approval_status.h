// What is known about the approvals' provider, as health shows it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/base/time.h"

namespace jobgate {

struct ApprovalStatus {
  bool available = true;
  std::string reason;  // why it is not available; "" where it is
  std::optional<Time> last_poll_at;
  std::optional<int64_t> rate_limit_remaining;
  std::string repo;          // "owner/name"; "" = not known yet
  int64_t repo_id = 0;       // which a new name does not change; 0 = not known yet
  std::string account;       // the login that the daemon writes as
  std::string token_source;  // "the variable GITHUB_TOKEN"
  std::string warning;       // about the token or the repository; "" where there is none
};

}  // namespace jobgate
