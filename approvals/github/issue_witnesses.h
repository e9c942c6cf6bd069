// What jobgate wrote on the issues of a repository, as witnesses of what the audit chain was then.
// Belongs to one thread, as Issues does.
#pragma once
#include <string>
#include <vector>

#include "approvals/github/imprint.h"
#include "approvals/github/issues.h"

namespace jobgate::github {

struct IssueWitness {
  Imprint imprint;
  std::string url;
  // Since it was written, by whoever may: it proves nothing any more. GitHub tells it of comments,
  // and not of the text of an issue.
  bool is_edited = false;
};

struct IssueWitnesses {
  std::string account;              // that wrote them
  std::vector<IssueWitness> texts;  // of comments, newest first, then of issues
  bool has_older = false;           // there is more than what was read
};

inline constexpr size_t kWitnessCommentsMax = 1000;  // read, whoever wrote them
inline constexpr size_t kWitnessIssuesMax = 500;

// What `account` wrote last and ends with an imprint; "" = the token's own account.
Answer<IssueWitnesses> ReadWitnesses(Issues& issues, const std::string& account);

}  // namespace jobgate::github
