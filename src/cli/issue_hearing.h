// Hears what the issues that jobgate writes on say of the audit chain.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "approvals/github/issue_witnesses.h"
#include "src/base/json.h"
#include "src/cli/session.h"
#include "store/audit.h"

namespace jobgate {

struct IssueHearing {
  std::string repo;     // "" where it is not known
  std::string why_not;  // nobody was heard; "" where GitHub answered
  github::IssueWitnesses heard = {};

  // Those whose text is as it was written.
  std::vector<Witness> Witnesses() const;
  // `checks` is what the API says of each of Witnesses().
  Json ToJson(const Json& checks) const;
};

// Asks GitHub as this process can: with its environment and its user's login of `gh`. `account`
// wrote what counts; "" = the token's own. Nothing where the settings ask for no approval there.
std::optional<IssueHearing> HearIssues(Session& session, const std::string& account);

}  // namespace jobgate
