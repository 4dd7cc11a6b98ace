#include "response_head.h"

#include <charconv>
#include <string>

#include "message_syntax.h"

namespace berth::net {
namespace {

bool ParseStatusLine(std::string_view line, ResponseHead& head) {
  constexpr std::string_view kExample = "HTTP/1.1 200";
  const std::string_view version = line.substr(0, 8);
  if (line.size() < kExample.size() || (version != "HTTP/1.1" && version != "HTTP/1.0") ||
      line[8] != ' ' || (line.size() > kExample.size() && line[kExample.size()] != ' ')) {
    return false;
  }
  head.keep_alive = version == "HTTP/1.1";
  const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, head.status);
  return error == std::errc{} && end == line.data() + 12 && head.status >= 100;
}

bool TakeHeader(const HeaderLine& line, ResponseHead& head) {
  if (EqualsIgnoringCase(line.name, "content-length")) {
    const auto length = ParseContentLength(line.value);
    if (!length || (head.content_length && head.content_length != length)) {
      return false;
    }
    head.content_length = length;
  } else if (EqualsIgnoringCase(line.name, "transfer-encoding")) {
    if (head.chunked || !EqualsIgnoringCase(line.value, "chunked")) {
      return false;
    }
    head.chunked = true;
  } else if (EqualsIgnoringCase(line.name, "connection")) {
    if (ListNames(line.value, "close")) {
      head.keep_alive = false;
    } else if (ListNames(line.value, "keep-alive")) {
      head.keep_alive = true;
    }
  }
  head.headers.emplace_back(line.name, line.value);
  return true;
}

}  // namespace

std::optional<ResponseHead> ParseResponseHead(std::string_view text) {
  ResponseHead head;
  if (!ParseStatusLine(TakeLine(text), head)) {
    return std::nullopt;
  }
  for (std::string_view line = TakeLine(text); !line.empty(); line = TakeLine(text)) {
    const auto header = ParseHeaderLine(line);
    if (!header || head.headers.size() >= kMaxHeaderCount || !TakeHeader(*header, head)) {
      return std::nullopt;
    }
  }
  if (head.chunked && head.content_length) {
    return std::nullopt;
  }
  return head;
}

}  // namespace berth::net
