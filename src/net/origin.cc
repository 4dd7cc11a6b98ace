#include "origin.h"

#include "berth/net/server.h"

namespace berth::net {

Result<Origin> ParseOrigin(std::string_view url) {
  const auto malformed = [url](std::string_view why) {
    return InvalidArgument("'" + std::string(url) + "' is not an origin: " + std::string(why));
  };
  Origin origin;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    origin.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return malformed("expected http:// or https://");
  }
  if (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  if (rest.empty() || rest.find_first_of("/?#@ \r\n") != std::string_view::npos) {
    return malformed("expected a host and perhaps a port, nothing else");
  }
  const bool has_port =
      rest.find(':', rest.starts_with('[') ? rest.find(']') : 0) != std::string_view::npos;
  const std::string with_port =
      has_port ? std::string(rest) : std::string(rest) + (origin.tls ? ":443" : ":80");
  BERTH_ASSIGN_OR_RETURN(const HostPort address, ParseHostPort(with_port));
  if (address.host.empty() || address.port == 0) {
    return malformed("expected a host and a port above 0");
  }
  origin.host = address.host;
  origin.port = std::to_string(address.port);
  origin.authority = rest;
  return origin;
}

}  // namespace berth::net
