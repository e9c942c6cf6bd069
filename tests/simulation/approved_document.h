// What people were shown when they approved, written down independently of approvals/: the
// document of design section 9 from the simulator's own settings, and its digest.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "src/job/job.h"
#include "tests/simulation/settings.h"

namespace jobgate::sim {

struct DocumentOf {
  const Job& job;            // id, params, attempts_max, result of the step before
  const Settings& declared;  // whose declaration runs
  const Settings& around;    // the daemon's other settings
  int step = 0;
  std::string step_name;
  std::string nonce;
  std::string hmac_key;
  std::string previous_stdout = {};  // "" = not known
};

// Nothing where the step is not declared, or cannot be rendered.
std::optional<Json> Document(const DocumentOf& of);
std::string DigestOfDocument(const Json& document);

}  // namespace jobgate::sim
