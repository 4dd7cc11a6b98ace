#include <charconv>
#include <string>
#include <string_view>

#include "berth/net/server.h"

namespace berth::net {

Result<HostPort> ParseHostPort(std::string_view text) {
  const auto malformed = [text](std::string_view expected) {
    return InvalidArgument("'" + std::string(text) + "' is not an address: expected " +
                           std::string(expected));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return malformed("HOST:PORT, e.g. 127.0.0.1:7480 or :7481");
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() < 3) {
      return malformed("an IPv6 address between [ and ]");
    }
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return malformed("an IPv6 address to stand between [ and ], e.g. [::1]:7480");
  }
  if (host.find_first_of(" \t[]/") != std::string_view::npos) {
    return malformed("a host name or address before the colon");
  }
  HostPort result{.host = std::string(host), .port = 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size()) {
    return malformed("a port from 0 to 65535 after the colon");
  }
  return result;
}

}  // namespace berth::net
