// Where approvals are asked for, as the settings say it. Any thread.
#pragma once
#include <string>
#include <vector>

#include "approvals/github/records.h"
#include "approvals/github/token_source.h"
#include "src/config/config.h"
#include "src/config/repo_name.h"

namespace jobgate::github {

struct ApprovalPlace {
  RepoName repo;
  std::string api_url;
  TokenPlaces token;
};

// Reads the checkout's `origin` where the settings name no repository. Errors: as OriginRepo's,
// with the key that would do instead.
Result<ApprovalPlace> ApprovalPlaceOf(const Config& config);

// The labels that decide, of `approval` and of every single gate, each once whatever its case.
std::vector<Label> DecisionLabels(const Config& config);

}  // namespace jobgate::github
