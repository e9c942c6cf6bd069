// What GitHub showed of one issue at one look. A plain value, made by the watcher's thread and
// judged on the loop thread.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "approvals/github/records.h"
#include "src/base/time.h"

namespace jobgate {

struct IssueObservation {
  int64_t number = 0;
  // Of issues with this number in other repositories: whoever stands on one of them is told nothing
  // but that it is not here.
  std::set<std::string> elsewhere;
  std::string why_gone;  // deleted, or moved to another repository; the rest is empty then
  github::Issue issue;
  std::vector<github::IssueEvent> events;  // oldest first
  std::vector<github::Comment> comments;   // oldest first
  std::map<int64_t, github::Role> roles;   // of the accounts that said something, by their id
  int64_t own_id = 0;                      // the account that the daemon itself uses
};

// When a look began, and by how much GitHub's clock is ahead of the engine's.
struct LookTime {
  Time at;
  Duration clock_difference{};
};

// SHA-256 hex of a text on GitHub, which keeps line ends as it likes.
std::string TextHash(const github::Issue& issue);
std::string TextHash(const github::Comment& comment);

}  // namespace jobgate
