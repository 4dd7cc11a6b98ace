#include "query.h"

#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace berth::server {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

std::optional<char> HexByte(std::string_view digits) {
  std::uint8_t byte = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
  if (digits.size() != 2 || parsed.ec != std::errc() || parsed.ptr != end) {
    return std::nullopt;
  }
  return static_cast<char>(byte);
}

// Takes the text up to `separator` off `rest`, and the separator with it.
std::string_view TakeUntil(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return taken;
}

Result<std::size_t> ParseLimit(std::string_view text) {
  std::size_t limit = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (parsed.ec != std::errc() || parsed.ptr != end || limit < 1 || limit > kMaxPage) {
    return InvalidArgument("limit: '" + std::string(text) + "' is not a number from 1 to " +
                           std::to_string(kMaxPage));
  }
  return limit;
}

Result<std::string> ParseToken(std::string_view token) {
  std::string key;
  for (std::size_t at = 0; at < token.size(); at += 2) {
    const std::optional<char> byte = HexByte(token.substr(at, 2));
    if (!byte) {
      return InvalidArgument("continue: not a token that an earlier answer gave");
    }
    key += *byte;
  }
  return key;
}

}  // namespace

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    const std::optional<char> byte = HexByte(text.substr(at + 1, 2));
    if (!byte) {
      return std::nullopt;
    }
    decoded += *byte;
    at += 2;
  }
  return decoded;
}

Result<Parameters> ParseQuery(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    std::string_view value = TakeUntil(query, '&');
    const std::string_view key = TakeUntil(value, '=');
    auto name = PercentDecoded(key);
    auto text = PercentDecoded(value);
    if (!name || !text) {
      return InvalidArgument("query: '%' must be followed by two hexadecimal digits");
    }
    if (name->empty() && text->empty()) {
      continue;
    }
    if (const auto [at, is_new] = parameters.try_emplace(*std::move(name), *std::move(text));
        !is_new) {
      return InvalidArgument("query: '" + at->first + "' is given twice");
    }
  }
  return parameters;
}

Result<PageRequest> ParsePage(std::string_view query) {
  BERTH_ASSIGN_OR_RETURN(const Parameters parameters, ParseQuery(query));
  PageRequest page;
  for (const auto& [name, value] : parameters) {
    if (name == "limit") {
      BERTH_ASSIGN_OR_RETURN(page.limit, ParseLimit(value));
    } else if (name == "continue") {
      BERTH_ASSIGN_OR_RETURN(page.after, ParseToken(value));
    } else {
      return InvalidArgument("query: unknown parameter '" + name + "'; known: limit, continue");
    }
  }
  return page;
}

Result<ExplainQuery> ParseExplainQuery(std::string_view query) {
  BERTH_ASSIGN_OR_RETURN(const Parameters parameters, ParseQuery(query));
  ExplainQuery explain;
  for (const auto& [name, value] : parameters) {
    if (name == "limit") {
      BERTH_ASSIGN_OR_RETURN(explain.limit, ParseLimit(value));
    } else if (name == "output" && (value == "json" || value == "table")) {
      explain.table = value == "table";
    } else if (name == "output") {
      return InvalidArgument("query: output: expected json or table, found '" + value + "'");
    } else {
      return InvalidArgument("query: unknown parameter '" + name + "'; known: limit, output");
    }
  }
  return explain;
}

std::string ContinueToken(std::string_view key) {
  std::string token;
  token.reserve(key.size() * 2);
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    token += kHex[byte >> 4U];
    token += kHex[byte & 0xFU];
  }
  return token;
}

std::optional<std::vector<std::string>> SegmentsBelow(std::string_view path,
                                                      std::string_view prefix) {
  if (!path.starts_with(prefix)) {
    return std::nullopt;
  }
  path.remove_prefix(prefix.size());
  std::vector<std::string> segments;
  while (true) {
    const std::size_t slash = path.find('/');
    auto segment = PercentDecoded(path.substr(0, slash));
    if (!segment || segment->empty()) {
      return std::nullopt;
    }
    segments.push_back(*std::move(segment));
    if (slash == std::string_view::npos) {
      return segments;
    }
    path.remove_prefix(slash + 1);
  }
}

}  // namespace berth::server
