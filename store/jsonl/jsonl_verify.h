// What a JSONL store can be checked for: every byte of its files, and then, in tables of SQLite,
// what is checked of a store there.
#pragma once
#include <stop_token>
#include <vector>

#include "store/jsonl/reading.h"
#include "store/upkeep.h"

namespace jobgate::jsonl {

// `files` are of one moment. Takes as much memory as the jobs in them. Errors: kStoreFault for what
// the environment does; kUnavailable where `stop` asked for its end.
Result<VerifyReport> Verify(const LogPaths& paths, const std::vector<OpenedFile>& files,
                            const std::stop_token& stop);

}  // namespace jobgate::jsonl
