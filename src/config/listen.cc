#include "src/config/listen.h"

#include "src/base/url.h"

namespace jobgate {
Result<ListenAddress> ParseListen(std::string_view text) {
  constexpr auto kForm = "must be host:port with a port from 1 to 65535, such as 127.0.0.1:8787";
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return FailField("", kForm);
  const auto port = ParsePort(text.substr(colon + 1));
  if (!port) return FailField("", kForm);
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return FailField("", "an IPv6 address stands in brackets, such as [::1]:8787");
  }
  if (host.find_first_of(" /[]@") != std::string_view::npos) return FailField("", kForm);
  return ListenAddress{std::string(host), *port};
}

}  // namespace jobgate
