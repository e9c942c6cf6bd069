#include "src/http/access.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "src/base/digest.h"

namespace jobgate {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool SameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string Bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

Access::Access(std::vector<std::string> hosts, std::string local_token, Actor local_actor)
    : hosts_(std::move(hosts)),
      local_token_(std::move(local_token)),
      local_actor_(std::move(local_actor)) {}

bool Access::IsOwnHost(std::string_view host) const {
  return std::ranges::any_of(hosts_, [&](const std::string& own) { return SameText(own, host); });
}

Result<void> Access::CheckSite(const RequestHead& head) const {
  if (head.Has("Host") && !IsOwnHost(head.Find("Host")))
    return Fail(Code::kForbidden,
                "this server does not answer to that Host; use http://" + hosts_.front());
  if (head.Has("Origin")) {
    std::string_view origin = head.Find("Origin");
    const bool own = origin.starts_with("http://") && IsOwnHost(origin.substr(7));
    if (!own) return Fail(Code::kForbidden, "requests of other sites' pages are refused");
  }
  const std::string_view site = head.Find("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none")
    return Fail(Code::kForbidden, "requests of other sites' pages are refused");
  return {};
}

Result<Actor> Access::Authenticate(const RequestHead& head) const {
  const std::string_view header = head.Find("Authorization");
  const bool bearer =
      header.size() > kBearer.size() && SameText(header.substr(0, kBearer.size()), kBearer);
  if (bearer && !local_token_.empty() &&
      ConstantTimeEqual(header.substr(kBearer.size()), local_token_))
    return local_actor_;
  return Fail(Code::kUnauthorized,
              "a valid token is needed: send `Authorization: Bearer …` with the content of the "
              "file `token` beside the store, or with the token you were given");
}

bool IsLoopbackHost(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::vector<std::string> OwnHosts(const std::string& host, int port, const std::string& own_name) {
  std::vector<std::string> names;
  if (!IsLoopbackHost(host)) names.push_back(Bracketed(host));
  if (!IsLoopbackHost(host) && !own_name.empty()) names.push_back(own_name);
  for (const char* name : {"127.0.0.1", "localhost", "[::1]"}) names.emplace_back(name);
  if (host.starts_with("127.") && host != "127.0.0.1") names.push_back(host);
  std::vector<std::string> hosts;
  for (const std::string& name : names) {
    hosts.push_back(name + ":" + std::to_string(port));
    if (port == 80) hosts.push_back(name);
  }
  return hosts;
}

}  // namespace jobgate
