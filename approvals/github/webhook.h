// A delivery of GitHub's webhook: whether GitHub sent it, and which issue it tells of.
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/error.h"

namespace jobgate::github {

// Whether `text` has the form of X-Hub-Signature-256: "sha256=" and 64 hex digits.
bool IsSignature(std::string_view text);

// Whether `signature` is that of `body`, byte by byte as it came, under `secret`. Takes the same
// time wherever the two part. An empty secret signs nothing.
bool IsSignedWith(std::string_view secret, std::string_view signature, std::string_view body);

struct HookedIssue {
  std::string repo;  // "owner/name", as it is called by now
  int64_t repo_id = 0;
  int64_t number = 0;
};

// Of a delivery of `issues` or `issue_comment`. Errors: kInvalidArgument.
Result<HookedIssue> ReadHookedIssue(std::string_view body);

}  // namespace jobgate::github
