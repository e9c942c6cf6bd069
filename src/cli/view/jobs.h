// Jobs in a table, and what is worth saying about one in a few words.
#pragma once
#include <string>

#include "src/base/json.h"
#include "src/cli/view/look.h"

namespace jobgate {

// The jobs of GET /api/v1/jobs; a sentence where there are none.
std::string JobTable(const Json& jobs, const Look& look);

// "for 3m 4s: 42 copying", "expires in 21h", "exit code 1", "took 2.1s".
std::string JobNote(const Json& job, Time now);

// What a person may do about a job in its state, as a command; "" where nothing is to be done.
std::string NextCommand(const Json& job);

}  // namespace jobgate
