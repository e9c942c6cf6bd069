#include "src/cli/pages.h"

#include <algorithm>

#include "src/cli/view/fields.h"

namespace jobgate {
namespace {

constexpr int64_t kPageMax = 1000;  // the API's own bound

}  // namespace

Result<Json> FetchPages(const ApiClient& api, const std::string& path, const Query& query,
                        const char* key, int64_t limit) {
  Json items = Json::array();
  std::string cursor;
  while (true) {
    const int64_t left = std::min(limit - static_cast<int64_t>(items.size()), kPageMax);
    const auto page =
        api.Get(Query(query).Add("limit", std::to_string(left)).Add("cursor", cursor).Of(path));
    if (!page) return tl::unexpected<Error>(page.error());
    for (const Json& item : ListAt(page->body, key)) items.push_back(item);
    cursor = TextAt(page->body, "nextCursor");
    if (cursor.empty() || static_cast<int64_t>(items.size()) >= limit) break;
  }
  return Json{{key, std::move(items)}, {"nextCursor", cursor.empty() ? Json() : Json(cursor)}};
}

Result<Json> FetchOpenRequest(const ApiClient& api, const std::string& job_id) {
  auto page = FetchPages(api, "/api/v1/approvals", Query(), "approvals");
  if (!page) return page;
  for (const Json& approval : ListAt(*page, "approvals"))
    if (TextAt(At(approval, "job"), "id") == job_id) return approval;
  return Json();
}

}  // namespace jobgate
