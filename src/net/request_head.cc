#include "request_head.h"

#include <algorithm>

#include "message_syntax.h"

namespace berth::net {
namespace {

// Visible ASCII: anything else belongs percent-encoded into a target.
bool IsTarget(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::optional<Refusal> ParseTarget(std::string_view target, RequestHead& head) {
  if (!IsTarget(target)) {
    return Refusal{400, "malformed request target"};
  }
  // A proxy's absolute form, "http://host/path": the authority is not ours to judge.
  if (const auto scheme = target.find("://");
      target.front() != '/' && scheme != std::string_view::npos) {
    const auto path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  if (target.front() != '/') {
    return Refusal{400, "malformed request target"};
  }
  const auto question = target.find('?');
  head.path = target.substr(0, question);
  head.query =
      question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  return std::nullopt;
}

std::optional<Refusal> ParseRequestLine(std::string_view line, RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refusal{400, "malformed request line"};
  }
  head.method = line.substr(0, first);
  if (!IsToken(head.method)) {
    return Refusal{400, "malformed method"};
  }
  const std::string_view version = line.substr(last + 1);
  if (version == "HTTP/1.0") {
    head.http_1_0 = true;
    head.keep_alive = false;
  } else if (version != "HTTP/1.1") {
    return version.starts_with("HTTP/") ? Refusal{505, "only HTTP/1.1 and HTTP/1.0 are spoken"}
                                        : Refusal{400, "malformed request line"};
  }
  return ParseTarget(line.substr(first + 1, last - first - 1), head);
}

// What has been seen of the headers that must not come twice.
struct Seen {
  std::size_t hosts = 0;
  bool transfer_encoding = false;
  bool authorization = false;
};

std::optional<Refusal> ParseHeader(std::string_view name, std::string_view value, RequestHead& head,
                                   Seen& seen) {
  if (EqualsIgnoringCase(name, "content-length")) {
    const auto length = ParseContentLength(value);
    if (!length) {
      return Refusal{400, "malformed Content-Length"};
    }
    if (head.content_length) {
      return Refusal{400, "more than one Content-Length"};
    }
    head.content_length = length;
  } else if (EqualsIgnoringCase(name, "transfer-encoding")) {
    if (seen.transfer_encoding) {
      return Refusal{400, "more than one Transfer-Encoding"};
    }
    seen.transfer_encoding = true;
    if (!EqualsIgnoringCase(value, "chunked")) {
      return Refusal{501, "no Transfer-Encoding but chunked is understood"};
    }
    head.chunked = true;
  } else if (EqualsIgnoringCase(name, "connection")) {
    if (ListNames(value, "close")) {
      head.keep_alive = false;
    } else if (head.http_1_0 && ListNames(value, "keep-alive")) {
      head.keep_alive = true;
    }
  } else if (EqualsIgnoringCase(name, "host")) {
    ++seen.hosts;
  } else if (EqualsIgnoringCase(name, "expect")) {
    if (!EqualsIgnoringCase(value, "100-continue")) {
      return Refusal{417, "no expectation but 100-continue can be met"};
    }
    head.expects_continue = !head.http_1_0;
  } else if (EqualsIgnoringCase(name, "authorization")) {
    if (seen.authorization) {
      return Refusal{400, "more than one Authorization"};
    }
    seen.authorization = true;
    head.authorization = value;
  }
  return std::nullopt;
}

}  // namespace

std::variant<RequestHead, Refusal> ParseRequestHead(std::string_view text) {
  RequestHead head;
  if (const auto refusal = ParseRequestLine(TakeLine(text), head)) {
    return *refusal;
  }
  Seen seen;
  std::size_t count = 0;
  for (std::string_view line = TakeLine(text); !line.empty(); line = TakeLine(text)) {
    if (++count > kMaxHeaderCount) {
      return Refusal{431, "too many headers"};
    }
    const auto header = ParseHeaderLine(line);
    if (!header) {
      return Refusal{400, "malformed header"};
    }
    if (const auto refusal = ParseHeader(header->name, header->value, head, seen)) {
      return *refusal;
    }
  }
  if (seen.hosts > 1 || (seen.hosts == 0 && !head.http_1_0)) {
    return Refusal{400, "exactly one Host is needed"};
  }
  if (head.chunked && head.content_length) {
    return Refusal{400, "Content-Length together with Transfer-Encoding"};
  }
  if (head.chunked && head.http_1_0) {
    return Refusal{400, "Transfer-Encoding in HTTP/1.0"};
  }
  const bool carries_body = head.method == "POST" || head.method == "PUT" || head.method == "PATCH";
  if (carries_body && !head.chunked && !head.content_length) {
    return Refusal{411, "Content-Length or Transfer-Encoding: chunked is needed"};
  }
  return head;
}

}  // namespace berth::net
