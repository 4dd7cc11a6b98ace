#include "scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

namespace berth::config {
namespace {

constexpr std::string_view kCoreTagPrefix = "tag:yaml.org,2002:";

// Words with a meaning, in the three spellings that YAML 1.1 lists for each.
std::optional<Scalar> ResolveWord(std::string_view text) {
  static constexpr std::array<std::string_view, 11> kTrue = {
      "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
  static constexpr std::array<std::string_view, 11> kFalse = {
      "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  static constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
  static constexpr std::array<std::string_view, 3> kInfinity = {".inf", ".Inf", ".INF"};
  static constexpr std::array<std::string_view, 3> kNan = {".nan", ".NaN", ".NAN"};
  const auto in = [](const auto& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
  };
  if (text.size() > 5) {
    return std::nullopt;
  }
  if (in(kNull, text)) {
    return Null{};
  }
  if (in(kTrue, text)) {
    return true;
  }
  if (in(kFalse, text)) {
    return false;
  }
  if (in(kNan, text)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') {
    text.remove_prefix(1);
  }
  if (in(kInfinity, text)) {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  return std::nullopt;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool LooksLikeFloat(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < text.size() && IsDigit(text[i])) {
      ++i;
    }
    return i - begin;
  };
  const auto sign = [&] {
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) {
      ++i;
    }
  };
  sign();
  const std::size_t whole = digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0 && whole == 0) {
      return false;
    }
  } else if (whole == 0) {
    return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    sign();
    if (digits() == 0) {
      return false;
    }
  }
  return i == text.size();
}

// Sign and base prefix as Go's ParseInt with base 0: 0x, 0o, 0b, and a leading 0 for octal.
std::optional<Scalar> ResolveInteger(std::string_view text) {
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') {
    text.remove_prefix(1);
  }
  int base = 10;
  if (text.size() > 1 && text.front() == '0') {
    switch (text[1]) {
      case 'x':
      case 'X':
        base = 16;
        break;
      case 'o':
      case 'O':
        base = 8;
        break;
      case 'b':
      case 'B':
        base = 2;
        break;
      default:
        base = 0;  // octal with one character of prefix
    }
    text.remove_prefix(base == 0 ? 1 : 2);
    base = base == 0 ? 8 : base;
  }
  std::uint64_t magnitude = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, magnitude, base);
  if (error != std::errc() || stop != end) {
    return std::nullopt;
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (negative) {
    if (magnitude > kMax + 1) {
      return std::nullopt;
    }
    return static_cast<std::int64_t>(0 - magnitude);
  }
  if (magnitude > kMax) {
    return magnitude;
  }
  return static_cast<std::int64_t>(magnitude);
}

std::optional<Scalar> ResolveNumber(std::string_view text) {
  const char first = text.front();
  if (!IsDigit(first) && first != '-' && first != '+' && first != '.') {
    return std::nullopt;
  }
  std::string plain(text);
  std::erase(plain, '_');
  if (plain.empty()) {
    return std::nullopt;
  }
  if (first != '.') {
    if (std::optional<Scalar> integer = ResolveInteger(plain)) {
      return integer;
    }
  }
  if (!LooksLikeFloat(plain)) {
    return std::nullopt;
  }
  const char* const begin = plain.data() + (plain.front() == '+' ? 1 : 0);
  const char* const end = plain.data() + plain.size();
  double number = 0;
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error == std::errc::result_out_of_range && std::strtod(plain.c_str(), nullptr) == 0) {
    return 0.0;  // 1e-400
  }
  if (error != std::errc() || stop != end) {
    return std::nullopt;  // 1e400 stays a string
  }
  return number;
}

Scalar ResolvePlain(std::string_view text) {
  if (std::optional<Scalar> word = ResolveWord(text)) {
    return *std::move(word);
  }
  if (std::optional<Scalar> number = ResolveNumber(text)) {
    return *std::move(number);
  }
  return std::string(text);
}

}  // namespace

Result<Scalar> ResolveScalar(std::string_view tag, std::string_view text) {
  if (tag == "?" || tag.empty()) {
    return ResolvePlain(text);
  }
  if (!tag.starts_with(kCoreTagPrefix)) {
    return Scalar(std::string(text));  // quoted, or an application's own tag
  }
  const std::string_view type = tag.substr(kCoreTagPrefix.size());
  if (type == "str" || type == "timestamp") {
    return Scalar(std::string(text));
  }
  if (type == "binary") {
    return InvalidArgument("!!binary is not supported, write the base64 text as a string");
  }
  Scalar scalar = ResolvePlain(text);
  const bool integer =
      std::holds_alternative<std::int64_t>(scalar) || std::holds_alternative<std::uint64_t>(scalar);
  const bool fits = (type == "null" && std::holds_alternative<Null>(scalar)) ||
                    (type == "bool" && std::holds_alternative<bool>(scalar)) ||
                    (type == "int" && integer) ||
                    (type == "float" && (integer || std::holds_alternative<double>(scalar)));
  if (fits) {
    return scalar;
  }
  if (type == "null" || type == "bool" || type == "int" || type == "float") {
    return InvalidArgument(fmt::format("\"{}\" is not of its tag's type !!{}", text, type));
  }
  return Scalar(std::string(text));
}

std::string_view TypeName(const Scalar& scalar) {
  static constexpr std::array<std::string_view, std::variant_size_v<Scalar>> kNames = {
      "null", "a boolean", "an integer", "an integer", "a number", "a string"};
  return kNames.at(scalar.index());
}

// Digits from the shortest exact form; Go pads them with zeros up to 1e21, where std::to_chars
// would write out the binary value.
std::string FormatNumber(double number) {
  if (number == 0) {
    return "0";
  }
  std::array<char, 32> buffer;
  const char* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                        std::abs(number), std::chars_format::scientific)
                              .ptr;
  const std::string_view scientific(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = scientific.find('e');
  std::string digits(scientific.substr(0, e));
  std::erase(digits, '.');
  int exponent = 0;
  const bool positive = scientific[e + 1] == '+';
  std::from_chars(buffer.data() + e + 2, end, exponent);
  exponent = positive ? exponent : -exponent;

  std::string text = number < 0 ? "-" : "";
  if (exponent >= 21 || exponent < -6) {
    text += digits.substr(0, 1);
    if (digits.size() > 1) {
      text += '.' + digits.substr(1);
    }
    return text + fmt::format("e{}{}", positive ? "+" : "-", std::abs(exponent));
  }
  if (exponent < 0) {
    return text + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) {
    return text + digits + std::string(whole - digits.size(), '0');
  }
  return text + digits.substr(0, whole) + '.' + digits.substr(whole);
}

Result<std::string> KeyText(const Scalar& scalar) {
  struct {
    Result<std::string> operator()(Null) const { return InvalidArgument("null cannot be a key"); }
    Result<std::string> operator()(bool flag) const { return std::string(flag ? "true" : "false"); }
    Result<std::string> operator()(std::int64_t number) const { return std::to_string(number); }
    Result<std::string> operator()(std::uint64_t number) const { return std::to_string(number); }
    Result<std::string> operator()(const std::string& text) const { return text; }
    Result<std::string> operator()(double number) const {
      if (std::isnan(number)) {
        return std::string(".nan");
      }
      if (std::abs(number) > std::numeric_limits<float>::max()) {
        return std::string(number < 0 ? "-.inf" : ".inf");
      }
      // As Go's %g of a float32, odd as that is: with an exponent below 1e-4 and from 1e6.
      const auto narrow = static_cast<float>(number);
      const float magnitude = std::abs(narrow);
      const bool fixed = magnitude == 0 || (magnitude >= 1e-4F && magnitude < 1e6F);
      std::array<char, 64> buffer;
      const auto end =
          std::to_chars(buffer.data(), buffer.data() + buffer.size(), narrow,
                        fixed ? std::chars_format::fixed : std::chars_format::scientific)
              .ptr;
      return std::string(buffer.data(), end);
    }
  } text;
  return std::visit(text, scalar);
}

}  // namespace berth::config
