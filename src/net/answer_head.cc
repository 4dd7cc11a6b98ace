#include "answer_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace berth::net {
namespace {

constexpr auto kReasonPhrases = std::to_array<std::pair<int, std::string_view>>({
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
});

void AppendNumber(std::size_t number, std::string& text) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

void AppendHeader(std::string_view name, std::string_view value, std::string& text) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  if (name.empty() || name.find_first_of(kBreaks) != std::string_view::npos ||
      value.find_first_of(kBreaks) != std::string_view::npos) {
    return;
  }
  text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view ReasonPhrase(int status) {
  const auto found =
      std::ranges::find(kReasonPhrases, status, &std::pair<int, std::string_view>::first);
  return found == kReasonPhrases.end() ? "Unknown" : found->second;
}

void WriteAnswerHead(const Response& response, AfterAnswer after, std::string& text) {
  text.assign("HTTP/1.1 ");
  AppendNumber(static_cast<std::size_t>(response.status), text);
  text.append(" ").append(ReasonPhrase(response.status)).append("\r\n");
  if (MayHaveBody(response.status)) {
    AppendHeader("Content-Type", response.content_type, text);
    text.append("Content-Length: ");
    AppendNumber(response.body.size(), text);
    text.append("\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    AppendHeader(name, value, text);
  }
  if (after == AfterAnswer::kClose) {
    text.append("Connection: close\r\n");
  } else if (after == AfterAnswer::kKeepAliveHttp10) {
    text.append("Connection: keep-alive\r\n");
  }
  text.append("\r\n");
}

}  // namespace berth::net
