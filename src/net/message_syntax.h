// What requests and answers have in common (RFC 9110 §5, RFC 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace berth::net {

inline constexpr std::size_t kMaxHeaderCount = 128;

bool IsToken(std::string_view text);       // methods and header names
bool IsFieldValue(std::string_view text);  // no control characters but tab
bool EqualsIgnoringCase(std::string_view text, std::string_view lower);
// Whether a comma-separated list such as Connection's names `lower`.
bool ListNames(std::string_view list, std::string_view lower);
// Digits only, no sign, no list.
std::optional<std::uint64_t> ParseContentLength(std::string_view text);

// Length of a message's head including its empty line, or npos while that has not arrived. `seen`
// bytes were searched before.
std::size_t FindHeadEnd(std::string_view input, std::size_t seen);

// Takes the next line off a text whose lines end with CRLF.
std::string_view TakeLine(std::string_view& text);

struct HeaderLine {
  std::string_view name;
  std::string_view value;  // trimmed
};
// Strict: no blank before the colon, no folding. Nothing when malformed.
std::optional<HeaderLine> ParseHeaderLine(std::string_view line);

}  // namespace berth::net
