#include "message_syntax.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace berth::net {
namespace {

// RFC 9110 §5.6.2: what methods and header names are made of.
constexpr auto kTokenCharacters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789"
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

std::string_view Trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return kTokenCharacters[static_cast<unsigned char>(c)];
  });
}

bool IsFieldValue(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= ' ' ? byte != 0x7f : c == '\t';
  });
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() &&
         std::ranges::equal(text, lower, {}, [](char c) { return Lower(c); });
}

bool ListNames(std::string_view list, std::string_view lower) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (EqualsIgnoringCase(Trimmed(list.substr(0, comma)), lower)) {
      return true;
    }
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

std::optional<std::uint64_t> ParseContentLength(std::string_view text) {
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return length;
}

std::size_t FindHeadEnd(std::string_view input, std::size_t seen) {
  constexpr std::string_view kEmptyLine = "\r\n\r\n";
  const auto end = input.find(kEmptyLine, seen < kEmptyLine.size() ? 0 : seen - kEmptyLine.size());
  return end == std::string_view::npos ? end : end + kEmptyLine.size();
}

std::string_view TakeLine(std::string_view& text) {
  constexpr std::string_view kLineEnd = "\r\n";
  const auto end = text.find(kLineEnd);
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + kLineEnd.size());
  return line;
}

std::optional<HeaderLine> ParseHeaderLine(std::string_view line) {
  const auto colon = line.find(':');
  // A name that ends in a blank, or a line that starts with one (the old folding), is no token.
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return std::nullopt;
  }
  const std::string_view value = Trimmed(line.substr(colon + 1));
  if (!IsFieldValue(value)) {
    return std::nullopt;
  }
  return HeaderLine{line.substr(0, colon), value};
}

}  // namespace berth::net
