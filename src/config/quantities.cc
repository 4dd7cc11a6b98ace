#include "quantities.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <ranges>

namespace berth::config {
namespace {

constexpr std::int64_t kMaxInt64 = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr auto kTimeUnits = std::to_array<Unit>({{"h", 3'600'000'000'000},
                                                 {"m", 60'000'000'000},
                                                 {"s", 1'000'000'000},
                                                 {"ms", 1'000'000},
                                                 {"us", 1'000},
                                                 {"ns", 1}});
constexpr auto kSizeUnits = std::to_array<Unit>({{"Ti", std::int64_t{1} << 40},
                                                 {"Gi", 1 << 30},
                                                 {"Mi", 1 << 20},
                                                 {"Ki", 1 << 10},
                                                 {"T", 1'000'000'000'000},
                                                 {"G", 1'000'000'000},
                                                 {"M", 1'000'000},
                                                 {"k", 1'000},
                                                 {"", 1}});
// Printing takes the first decimal one of bytes that fits.
constexpr auto kBandwidthUnits = std::to_array<Unit>({{"TB/s", 1'000'000'000'000},
                                                      {"GB/s", 1'000'000'000},
                                                      {"MB/s", 1'000'000},
                                                      {"kB/s", 1'000},
                                                      {"B/s", 1},
                                                      {"TiB/s", std::int64_t{1} << 40},
                                                      {"GiB/s", 1 << 30},
                                                      {"MiB/s", 1 << 20},
                                                      {"KiB/s", 1 << 10},
                                                      {"Tbit/s", 125'000'000'000},
                                                      {"Gbit/s", 125'000'000},
                                                      {"Mbit/s", 125'000},
                                                      {"kbit/s", 125}});

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsAlnum(char c) { return IsDigit(c) || IsLower(c) || (c >= 'A' && c <= 'Z'); }

// Takes the longest prefix of `text` whose characters satisfy `wanted`.
template <typename Predicate>
std::string_view TakeWhile(std::string_view& text, Predicate wanted) {
  const auto end = std::ranges::find_if_not(text, wanted);
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

std::optional<std::int64_t> ParseDigits(std::string_view text) {
  std::int64_t number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (text.empty() || !IsDigit(text.front()) || error != std::errc() || stop != end) {
    return std::nullopt;
  }
  return number;
}

// `whole`.`fraction` times `unit`, rounded down.
std::optional<std::int64_t> Scale(std::string_view whole, std::string_view fraction,
                                  std::int64_t unit) {
  if (whole.empty() && fraction.empty()) {
    return std::nullopt;
  }
  const std::optional<std::int64_t> count = whole.empty() ? 0 : ParseDigits(whole);
  if (!count || *count > kMaxInt64 / unit) {
    return std::nullopt;
  }
  std::int64_t part = 0;  // from the last digit on, which rounds down once only
  for (const char digit : std::views::reverse(fraction)) {
    part = (unit * (digit - '0') + part) / 10;
  }
  const std::int64_t total = *count * unit;
  return part > kMaxInt64 - total ? std::nullopt : std::optional(total + part);
}

bool IsDnsSubdomain(std::string_view text) {
  if (text.empty() || text.size() > 253) {
    return false;
  }
  while (true) {
    const std::string_view label = text.substr(0, text.find('.'));
    const bool formed =
        !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
        std::ranges::all_of(label, [](char c) { return IsLower(c) || IsDigit(c) || c == '-'; });
    if (!formed) {
      return false;
    }
    if (label.size() == text.size()) {
      return true;
    }
    text.remove_prefix(label.size() + 1);
  }
}

}  // namespace

std::optional<Duration> ParseDuration(std::string_view text) {
  if (text == "0") {
    return Duration(0);
  }
  if (text.empty()) {
    return std::nullopt;
  }
  std::int64_t total = 0;
  while (!text.empty()) {
    const std::string_view whole = TakeWhile(text, IsDigit);
    std::string_view fraction;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      fraction = TakeWhile(text, IsDigit);
    }
    const std::string_view name = TakeWhile(text, IsLower);
    const auto unit = std::ranges::find(kTimeUnits, name, &Unit::name);
    if (unit == kTimeUnits.end()) {
      return std::nullopt;
    }
    const std::optional<std::int64_t> part = Scale(whole, fraction, unit->size);
    if (!part || *part > kMaxInt64 - total) {
      return std::nullopt;
    }
    total += *part;
  }
  return Duration(total);
}

std::string FormatDuration(Duration duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) {
    return "0s";
  }
  std::string text;
  for (const Unit& unit : kTimeUnits) {
    if (const std::int64_t count = rest / unit.size; count != 0) {
      text += fmt::format("{}{}", count, unit.name);
      rest -= count * unit.size;
    }
  }
  return text;
}

std::optional<std::int64_t> ParseSize(std::string_view text) {
  const std::optional<std::int64_t> count = ParseDigits(TakeWhile(text, IsDigit));
  const auto unit = std::ranges::find(kSizeUnits, text, &Unit::name);
  if (!count || unit == kSizeUnits.end() || *count > kMaxInt64 / unit->size) {
    return std::nullopt;
  }
  return *count * unit->size;
}

std::string FormatSize(std::int64_t bytes) {
  const auto fits = [&](const Unit& unit) {
    return (unit.name.empty() || unit.name.ends_with('i')) && bytes != 0 && bytes % unit.size == 0;
  };
  const auto unit = std::ranges::find_if(kSizeUnits, fits);
  if (unit == kSizeUnits.end()) {
    return std::to_string(bytes);
  }
  return fmt::format("{}{}", bytes / unit->size, unit->name);
}

std::optional<std::int64_t> ParseBandwidth(std::string_view text) {
  if (text == "0") {
    return 0;
  }
  const std::string_view whole = TakeWhile(text, IsDigit);
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = TakeWhile(text, IsDigit);
  }
  const auto unit = std::ranges::find(kBandwidthUnits, text, &Unit::name);
  return unit == kBandwidthUnits.end() ? std::nullopt : Scale(whole, fraction, unit->size);
}

std::string FormatBandwidth(std::int64_t bytes_per_second) {
  const auto unit = std::ranges::find_if(kBandwidthUnits, [&](const Unit& candidate) {
    return candidate.size <= bytes_per_second || candidate.size == 1;
  });
  std::string fraction = std::to_string(unit->size + bytes_per_second % unit->size).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fmt::format("{}{}{}{}", bytes_per_second / unit->size, fraction.empty() ? "" : ".",
                     fraction, unit->name);
}

Address SplitAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  Address address{text.substr(0, colon), text.substr(colon + 1)};
  if (address.host.starts_with('[')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  return address;
}

std::string CheckAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return "has no port";
  }
  const std::optional<std::int64_t> port = ParseDigits(text.substr(colon + 1));
  if (!port || *port > 65'535) {
    return "has no port between 0 and 65535 after the last colon";
  }
  const std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    const bool formed = host.size() > 2 && host.ends_with(']') &&
                        std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
                          return IsAlnum(c) || c == ':' || c == '.' || c == '%';
                        });
    return formed ? "" : "has a malformed IPv6 address between the brackets";
  }
  if (host.find(':') != std::string_view::npos) {
    return "needs brackets around the IPv6 address";
  }
  const bool formed = std::ranges::all_of(
      host, [](char c) { return IsAlnum(c) || c == '.' || c == '-' || c == '_'; });
  return formed ? "" : "has a character that no host name holds";
}

bool IsMetricName(std::string_view text) {
  const auto starts = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
  };
  return !text.empty() && starts(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return starts(c) || (c >= '0' && c <= '9'); });
}

bool IsQualifiedName(std::string_view text) {
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    if (!IsDnsSubdomain(text.substr(0, slash))) {
      return false;
    }
    text.remove_prefix(slash + 1);
  }
  return IsName(text);
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 63 && IsAlnum(text.front()) && IsAlnum(text.back()) &&
         std::ranges::all_of(text,
                             [](char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '.'; });
}

bool HasNoControls(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool IsModelName(std::string_view text) {
  return text.size() <= 253 && IsId(text) && text.find('@') == std::string_view::npos;
}

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool IsId(std::string_view text) {
  return !text.empty() && text.size() <= 1024 && text.find(' ') == std::string_view::npos &&
         HasNoControls(text);
}

bool IsUrl(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme) || !IsId(text) ||
        text.find_first_of("?#@\"\\") != std::string_view::npos) {
      continue;
    }
    std::string_view host = text.substr(scheme.size());
    host = host.substr(0, host.find('/'));
    const bool has_port = host.rfind(':') != std::string_view::npos && !host.ends_with(']');
    return !host.empty() && !host.starts_with(':') &&
           CheckAddress(has_port ? std::string(host) : fmt::format("{}:80", host)).empty();
  }
  return false;
}

bool IsExtendedResource(std::string_view text) {
  return text.find('/') != std::string_view::npos && IsQualifiedName(text) &&
         !text.starts_with("requests.") && text.find("kubernetes.io/") == std::string_view::npos;
}

}  // namespace berth::config
