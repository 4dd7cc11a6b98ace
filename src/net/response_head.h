// The status line and headers of an answer, as a client reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "berth/net/http.h"

namespace berth::net {

struct ResponseHead {
  int status = 0;
  Headers headers;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;

  // Whether the body ends where the connection does.
  bool ends_with_connection(bool has_body) const { return has_body && !chunked && !content_length; }
};

// `text` ends with the empty line that FindHeadEnd found. Nothing when it is no answer of HTTP/1.x,
// or when it leaves in doubt where the body ends.
std::optional<ResponseHead> ParseResponseHead(std::string_view text);

}  // namespace berth::net
