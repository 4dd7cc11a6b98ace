// What a request and an answer are, without saying which library carries them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::net {

// Readable bytes behind every request and response body handed out by this room, for SIMD parsers
// that read past the end.
inline constexpr std::size_t kBodyPadding = 64;

using Headers = std::vector<std::pair<std::string, std::string>>;

// Views are valid until the handler returns.
struct Request {
  std::string_view method;
  std::string_view path;           // without the query
  std::string_view query;          // raw, without '?'
  std::string_view body;           // kBodyPadding readable bytes follow
  std::string_view authorization;  // header value, empty when absent
  std::string_view peer;           // "127.0.0.1:53298"
  std::string_view client_name;    // of its certificate; empty: none was asked for
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // must outlive the answer: pass a literal
  std::string body;  // comes empty, with the capacity of an earlier answer
  Headers headers;   // beyond Content-Type and Content-Length; no line breaks
};

using Handler = std::function<void(const Request&, Response&)>;

}  // namespace berth::net
