#include "json_text.h"

#include <cstddef>
#include <cstdint>

namespace berth::observe {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned char Byte(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

bool IsContinuation(std::string_view text, std::size_t at) {
  return at < text.size() && (Byte(text, at) & 0xC0U) == 0x80U;
}

// Bytes of the character that begins at `at`, 0 when there is none: truncated, overlong, a
// surrogate, or beyond U+10FFFF (Unicode 15, table 3-7).
std::size_t CharacterLength(std::string_view text, std::size_t at) {
  const unsigned char lead = Byte(text, at);
  if (lead < 0x80U) {
    return 1;
  }
  if (lead < 0xC2U || lead > 0xF4U || !IsContinuation(text, at + 1)) {
    return 0;
  }
  if (lead < 0xE0U) {
    return 2;
  }
  const unsigned char second = Byte(text, at + 1);
  if (!IsContinuation(text, at + 2) || (lead == 0xE0U && second < 0xA0U) ||
      (lead == 0xEDU && second > 0x9FU)) {
    return 0;
  }
  if (lead < 0xF0U) {
    return 3;
  }
  if (!IsContinuation(text, at + 3) || (lead == 0xF0U && second < 0x90U) ||
      (lead == 0xF4U && second > 0x8FU)) {
    return 0;
  }
  return 4;
}

void AppendEscape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default: {
      const auto byte = static_cast<unsigned char>(c);
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    }
  }
}

bool NeedsEscape(unsigned char byte) {
  return byte < 0x20U || byte == 0x7FU || byte == '"' || byte == '\\';
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    if (NeedsEscape(Byte(text, at))) {
      AppendEscape(out, text[at]);
      ++at;
    } else if (const std::size_t length = CharacterLength(text, at); length > 0) {
      out.append(text, at, length);
      at += length;
    } else {
      out += kReplacement;
      ++at;
    }
  }
  out += '"';
}

}  // namespace berth::observe
