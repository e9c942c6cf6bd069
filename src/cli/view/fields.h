// Reading the API's objects for display: a key that is missing, null or of another type reads
// as empty, so that a newer or older daemon never breaks a table.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/json.h"
#include "src/base/time.h"

namespace jobgate {

const Json& At(const Json& object, const char* key);      // a null where there is none
std::string TextAt(const Json& object, const char* key);  // strings as they are, others as JSON
std::optional<int64_t> NumberAt(const Json& object, const char* key);
int64_t CountAt(const Json& object, const char* key);  // 0 where there is none
double DecimalAt(const Json& object, const char* key);
bool FlagAt(const Json& object, const char* key);
std::optional<Time> TimeAt(const Json& object, const char* key);
std::vector<std::string> TextsAt(const Json& object, const char* key);
const Json& ListAt(const Json& object, const char* key);  // an empty array where there is none

// One value for people: strings bare, others as compact JSON.
std::string Shown(const Json& value);
// One side of a difference: as JSON, "nothing" where it is not there.
std::string ValueInWords(const Json& value);
// "https://…/issues/7", or "#7" where it is not known to be on GitHub; "" = it has none.
std::string IssueInWords(const Json& of);
// Of a running job that has been told to end: "being canceled by os:root"; "" = it has not.
std::string StopInWords(const Json& stop);
// Of the jobs that run: "2 of 3"; beyond the limit it says that urgent ones have slots of their
// own.
std::string SlotsInWords(int64_t running, int64_t concurrent_max);
// Of a worker's counts: "17 jobs (2 succeeded, 0 failed, 15 canceled)".
std::string ProcessedInWords(const Json& worker);
// Whether an attempt that was given up for this reason was stopped by a drain; how every other
// interrupted attempt ended, nobody knows.
bool IsStopByDrain(const std::string& reason);
// The first 12 hex digits.
std::string Digest12(const std::string& digest);

}  // namespace jobgate
