// Lists that the API hands out in pages.
#pragma once
#include <cstdint>
#include <string>

#include "src/cli/api_client.h"

namespace jobgate {

inline constexpr int64_t kNoLimit = INT64_MAX;

// The items under `key` of GET `path`, from page to page up to `limit`, as one page would hold
// them: {key: […], nextCursor}.
Result<Json> FetchPages(const ApiClient& api, const std::string& path, const Query& query,
                        const char* key, int64_t limit = kNoLimit);

// The open approval request of the job with this full id; null where it has none.
Result<Json> FetchOpenRequest(const ApiClient& api, const std::string& job_id);

}  // namespace jobgate
