// What exactly is approved, as one document and its SHA-256. Everything that decides what runs
// is in it; anything that differs at the start is drift.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "approvals/difference.h"
#include "src/base/json.h"
#include "src/config/config.h"
#include "src/job/job.h"

namespace jobgate {

// Rendered by the caller; the document never holds a secret's value.
struct DigestInput {
  const Job* job = nullptr;  // id, gate nonce, params, output of the step before
  const Entrypoint* declaration = nullptr;
  const GatePolicy* gate = nullptr;
  std::vector<std::string> argv;  // rendered
  std::map<std::string, std::string> secret_hmacs;
  std::map<std::string, std::string> files;  // path → state; approvals/executed_files.h
  std::optional<std::string> git_commit;     // what it would run from; approvals/commit.h
  int64_t log_bytes_max = 0;
};

// The document that people see and that the digest is computed over.
Json DigestDocument(const DigestInput& input);
std::string DigestOf(const Json& document);  // SHA-256 hex of its canonical form

// By key, and of the files one each, by the first digits: "files: deploy.sh". Empty where the
// documents are equal.
std::vector<Difference> Differences(const Json& approved, const Json& now);

}  // namespace jobgate
