// The heads of requests: whatever comes is refused with an answerable status or understood in one
// way only.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "berth/base/check.h"
#include "message_syntax.h"
#include "request_head.h"

namespace {

using berth::net::RequestHead;

// The part lies in the text that was parsed, so that it lives as long.
bool Within(std::string_view text, std::string_view part) {
  return part.empty() ||
         (part.data() >= text.data() && part.data() + part.size() <= text.data() + text.size());
}

void CheckUnderstood(std::string_view text, const RequestHead& head) {
  BERTH_CHECK(berth::net::IsToken(head.method));
  BERTH_CHECK(head.path.starts_with('/') && head.path.find('?') == std::string_view::npos);
  for (const std::string_view part : {head.method, head.query, head.authorization}) {
    BERTH_CHECK(Within(text, part));
    BERTH_CHECK(part.find_first_of("\r\n") == std::string_view::npos);
  }
  BERTH_CHECK(!(head.chunked && head.content_length));  // one way to tell where the body ends
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = berth::net::FindHeadEnd(input, 0);
  // The same end is found when the bytes come in two pieces.
  const std::size_t half = size / 2;
  const std::size_t early = berth::net::FindHeadEnd(input.substr(0, half), 0);
  BERTH_CHECK((early != std::string_view::npos ? early : berth::net::FindHeadEnd(input, half)) ==
              end);
  if (end == std::string_view::npos) {
    return 0;
  }
  const std::string_view text = input.substr(0, end);
  const auto parsed = berth::net::ParseRequestHead(text);
  if (const auto* head = std::get_if<RequestHead>(&parsed)) {
    CheckUnderstood(text, *head);
  } else {
    const auto& refusal = std::get<berth::net::Refusal>(parsed);
    BERTH_CHECK(refusal.status >= 400 && refusal.status < 600 && !refusal.reason.empty());
  }
  return 0;
}
