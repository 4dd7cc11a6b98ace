// The request line and headers of HTTP/1.x, read strictly: what could be understood in two ways is
// refused, since a proxy in front may have understood it the other way (RFC 9112 §11.2, request
// smuggling).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace berth::net {

// Views into the text that was parsed.
struct RequestHead {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::string_view authorization;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool http_1_0 = false;
  bool expects_continue = false;
};

// Why a request is not served: the status to answer and a literal for the person who sent it.
struct Refusal {
  int status = 400;
  std::string_view reason;
};

// `text` ends with the empty line that FindHeadEnd found.
std::variant<RequestHead, Refusal> ParseRequestHead(std::string_view text);

}  // namespace berth::net
