// The `Link` header of paged answers (RFC 8288).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace jobgate::github {

// The target of rel="next" as it stands; nothing on the last page.
std::optional<std::string> NextLink(std::string_view header);

// `page` of a URL's query.
std::optional<int> PageOf(std::string_view url);
// `url` with that page in its query.
std::string WithPage(std::string_view url, int page);

}  // namespace jobgate::github
