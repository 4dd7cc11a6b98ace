// Where a client's requests go.
#pragma once

#include <string>
#include <string_view>

#include "berth/base/result.h"

namespace berth::net {

struct Origin {
  bool tls = false;
  std::string host;  // without brackets
  std::string port;
  std::string authority;  // for the Host header: "10.0.0.1:6443", "example.org", "[::1]:80"
};

// "https://10.0.0.1:6443", "http://[::1]:8080", "https://example.org/".
Result<Origin> ParseOrigin(std::string_view url);

}  // namespace berth::net
