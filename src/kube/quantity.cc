#include "berth/kube/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "berth/base/check.h"

namespace berth::kube {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

// Digits that are kept; what follows rounds the last one up. With a scale of at most 10^9 the
// mantissa stays below 10^37, so that doubling it fits 128 bits.
constexpr int kDigits = 28;
constexpr std::int64_t kMaxScale = 1'000'000'000;
constexpr int kMaxDecimals = 37;

// |value| = mantissa * 10^exponent * 2^doublings
struct Parsed {
  bool negative = false;
  Wide mantissa = 0;
  std::int64_t exponent = 0;
  int doublings = 0;
};

struct Magnitude {
  std::uint64_t value = 0;  // rounded up; at most 2^63
  bool exact = true;
};

constexpr std::uint64_t kSaturated = std::uint64_t{1} << 63;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The suffixes of the grammar but for decimal exponents ("e3").
bool ApplySuffix(std::string_view suffix, Parsed& parsed) {
  if (suffix.empty()) {
    return true;
  }
  constexpr std::string_view kThousands = "kMGTPE";
  if (suffix.size() == 1) {
    constexpr std::string_view kThousandths = "mun";
    if (const std::size_t i = kThousands.find(suffix[0]); i != std::string_view::npos) {
      parsed.exponent += 3 * (static_cast<std::int64_t>(i) + 1);
      return true;
    }
    if (const std::size_t i = kThousandths.find(suffix[0]); i != std::string_view::npos) {
      parsed.exponent -= 3 * (static_cast<std::int64_t>(i) + 1);
      return true;
    }
    return false;
  }
  constexpr std::string_view kBinary = "KMGTPE";
  const std::size_t i = kBinary.find(suffix[0]);
  if (suffix.size() != 2 || suffix[1] != 'i' || i == std::string_view::npos) {
    return false;
  }
  parsed.doublings = 10 * (static_cast<int>(i) + 1);
  return true;
}

// "e3", "E-3", "e+3".
bool ApplyExponent(std::string_view suffix, Parsed& parsed) {
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) {
    return false;
  }
  suffix.remove_prefix(1);
  if (suffix[0] == '+') {
    suffix.remove_prefix(1);
    if (suffix.empty() || !IsDigit(suffix[0])) {
      return false;
    }
  }
  std::int32_t exponent = 0;
  const char* const end = suffix.data() + suffix.size();
  const auto [stop, error] = std::from_chars(suffix.data(), end, exponent);
  if (error != std::errc() || stop != end) {
    return false;
  }
  parsed.exponent += exponent;
  return true;
}

std::optional<Parsed> Parse(std::string_view text) {
  Parsed parsed;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    parsed.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  bool any = false;
  bool point = false;
  bool cut = false;  // a digit other than 0 was left out
  int digits = 0;    // of the mantissa, without leading zeros
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (!IsDigit(c)) {
      break;
    }
    any = true;
    if (digits < kDigits) {
      parsed.mantissa = parsed.mantissa * 10 + static_cast<unsigned>(c - '0');
      digits += static_cast<int>(parsed.mantissa != 0);
      parsed.exponent -= static_cast<int>(point);
    } else {
      cut = cut || c != '0';
      parsed.exponent += static_cast<int>(!point);
    }
  }
  parsed.mantissa += static_cast<unsigned>(cut);
  const std::string_view suffix = text.substr(at);
  if (!any || (!ApplySuffix(suffix, parsed) && !ApplyExponent(suffix, parsed))) {
    return std::nullopt;
  }
  return parsed;
}

// For an exponent of 0 or more.
Magnitude Grow(Wide mantissa, std::int64_t exponent, int doublings) {
  if (exponent == 0 && mantissa < (kSaturated >> doublings)) {  // nearly always
    return {static_cast<std::uint64_t>(mantissa) << doublings, true};
  }
  for (; exponent > 0 && mantissa < kSaturated; --exponent) {
    mantissa *= 10;
  }
  for (; doublings > 0 && mantissa < kSaturated; --doublings) {
    mantissa *= 2;
  }
  return {static_cast<std::uint64_t>(std::min<Wide>(mantissa, kSaturated)), true};
}

// For a negative exponent: a fraction of 10^-exponent, doubled one bit at a time so that nothing
// overflows.
Magnitude Shrink(Wide mantissa, std::int64_t exponent, int doublings) {
  bool exact = true;
  for (; exponent < -kMaxDecimals && mantissa != 0; ++exponent) {
    exact = exact && mantissa % 10 == 0;
    mantissa /= 10;
  }
  Wide divisor = 1;
  for (std::int64_t e = std::max<std::int64_t>(exponent, -kMaxDecimals); e < 0; ++e) {
    divisor *= 10;
  }
  Wide whole = mantissa / divisor;
  Wide rest = mantissa % divisor;
  for (; doublings > 0 && whole < kSaturated; --doublings) {
    rest *= 2;
    whole = whole * 2 + static_cast<unsigned>(rest >= divisor);
    rest -= rest >= divisor ? divisor : 0;
  }
  exact = exact && rest == 0;
  whole += static_cast<unsigned>(!exact);
  return {static_cast<std::uint64_t>(std::min<Wide>(whole, kSaturated)), exact};
}

Magnitude Scale(const Parsed& parsed, std::int64_t scale) {
  const Wide mantissa = parsed.mantissa * static_cast<std::uint64_t>(scale);
  if (mantissa == 0) {
    return {};
  }
  return parsed.exponent >= 0 ? Grow(mantissa, parsed.exponent, parsed.doublings)
                              : Shrink(mantissa, parsed.exponent, parsed.doublings);
}

Error NotAQuantity(std::string_view text) {
  constexpr std::size_t kShownBytes = 100;
  return InvalidArgument(fmt::format("'{}' is not a quantity", text.substr(0, kShownBytes)));
}

}  // namespace

Result<std::int64_t> ParseQuantity(std::string_view text, std::int64_t scale) {
  BERTH_CHECK(scale >= 1 && scale <= kMaxScale);
  const std::optional<Parsed> parsed = Parse(text);
  if (!parsed) {
    return NotAQuantity(text);
  }
  const std::uint64_t value = Scale(*parsed, scale).value;
  if (parsed->negative) {
    return value >= kSaturated ? kMin : -static_cast<std::int64_t>(value);
  }
  return value >= kSaturated ? kMax : static_cast<std::int64_t>(value);
}

Result<std::int64_t> ParseCount(std::string_view text) {
  const std::optional<Parsed> parsed = Parse(text);
  if (!parsed) {
    return NotAQuantity(text);
  }
  const Magnitude magnitude = Scale(*parsed, 1);
  if (!magnitude.exact) {
    return InvalidArgument(fmt::format("'{}' is not a whole number", text));
  }
  if (parsed->negative && magnitude.value != 0) {
    return InvalidArgument(fmt::format("'{}' is negative", text));
  }
  return magnitude.value >= kSaturated ? kMax : static_cast<std::int64_t>(magnitude.value);
}

}  // namespace berth::kube
