#include "src/http/access.h"

#include <arpa/inet.h>
#include <netinet/in.h>
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

// What a client sends as Host: the port of the scheme itself may be left out.
std::vector<std::string> WithPort(std::string_view name, int port) {
  std::vector<std::string> hosts = {std::string(name) + ":" + std::to_string(port)};
  if (port == 80) hosts.emplace_back(name);
  return hosts;
}

// 0.0.0.0 or ::, however they are written.
bool IsAnyAddress(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (::inet_aton(host.c_str(), &v4) == 1) return v4.s_addr == INADDR_ANY;
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_UNSPECIFIED(&v6);
}

}  // namespace

AccessRules::AccessRules(OwnNames names, std::string local_token, Actor local_actor)
    : names_(std::move(names)),
      local_token_(std::move(local_token)),
      local_actor_(std::move(local_actor)) {}

bool AccessRules::IsOwnHost(std::string_view host, std::string_view own_address) const {
  const auto is_host = [&](const std::string& own) { return SameText(own, host); };
  if (std::ranges::any_of(names_.hosts, is_host)) return true;
  return names_.any_address_port != 0 && !own_address.empty() &&
         std::ranges::any_of(WithPort(own_address, names_.any_address_port), is_host);
}

Result<void> AccessRules::CheckHost(const RequestHead& head, std::string_view own_address) const {
  if (head.Has("Host") && !IsOwnHost(head.Find("Host"), own_address)) {
    const bool by_address = names_.any_address_port != 0 && !own_address.empty();
    return Fail(Code::kForbidden,
                "this server does not answer to that Host; use http://" +
                    (by_address ? WithPort(own_address, names_.any_address_port).front()
                                : names_.hosts.front()));
  }
  return {};
}

Result<void> AccessRules::CheckOrigin(const RequestHead& head, std::string_view own_address) const {
  if (head.Has("Origin")) {
    std::string_view origin = head.Find("Origin");
    const bool own = origin.starts_with("http://") && IsOwnHost(origin.substr(7), own_address);
    if (!own) return Fail(Code::kForbidden, "requests of other sites' pages are refused");
  }
  const std::string_view site = head.Find("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none")
    return Fail(Code::kForbidden, "requests of other sites' pages are refused");
  return {};
}

Result<Actor> AccessRules::Authenticate(const RequestHead& head) const {
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

OwnNames NamesOf(const std::string& host, int port, const std::string& own_name) {
  const bool any_address = IsAnyAddress(host);
  std::vector<std::string> names;
  if (!IsLoopbackHost(host) && !any_address) names.push_back(Bracketed(host));
  if (!IsLoopbackHost(host) && !own_name.empty()) names.push_back(own_name);
  for (const char* name : {"127.0.0.1", "localhost", "[::1]"}) names.emplace_back(name);
  if (host.starts_with("127.") && host != "127.0.0.1") names.push_back(host);
  OwnNames own;
  own.any_address_port = any_address ? port : 0;
  for (const std::string& name : names)
    for (std::string& value : WithPort(name, port)) own.hosts.push_back(std::move(value));
  return own;
}

}  // namespace jobgate
