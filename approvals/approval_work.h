// What there is to do on GitHub: issues to look at, and messages to deliver.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/store.h"

namespace jobgate {

// A message with what its job knows by now.
struct Letter {
  OutboxMessage message;
  std::optional<int64_t> issue;  // that the job stands on
  std::string issue_url;         // "" = not known yet
  std::string requester_login;   // bound to the requester by the settings; "" = none
};

struct ApprovalWork {
  std::set<int64_t> issues;
  std::map<std::string, int64_t> addresses;  // of those whose address is known
  std::vector<Letter> letters;               // oldest first; there may be more
  bool starts_wait = false;  // approved jobs are held back until somebody has looked
  // Of `issues`: their requests are past their expiry, and end with a look at the issue itself.
  std::set<int64_t> last_looks;
};

}  // namespace jobgate
