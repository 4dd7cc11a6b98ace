#include "berth/base/base64.h"

#include <cstdint>

namespace berth {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;    // characters of the group of four so far
  int padding = 0;  // of them '='
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      continue;
    }
    const std::size_t value = kAlphabet.find(c);
    if (c == '=' && count >= 2) {
      ++padding;
    } else if (value == std::string_view::npos || padding > 0) {
      return std::nullopt;
    }
    bits = bits << 6U | (c == '=' ? 0 : static_cast<std::uint32_t>(value));
    if (++count == 4) {
      for (int i = 0; i < 3 - padding; ++i) {
        out += static_cast<char>(bits >> (16U - 8U * static_cast<unsigned>(i)) & 0xFFU);
      }
      count = 0;
      bits = 0;
    }
  }
  return count == 0 ? std::optional(out) : std::nullopt;
}

std::string EncodeBase64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8U | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out += i <= group.size() ? kAlphabet[bits >> (18U - 6U * i) & 0x3FU] : '=';
    }
  }
  return out;
}

}  // namespace berth
