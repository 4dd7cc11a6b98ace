#include "log_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <variant>

#include "json_text.h"

namespace berth::observe {
namespace {

constexpr std::string_view kSuppressed = "suppressed";

// "2026-11-24T05:20:31.042Z"
std::string Timestamp(WallTime at) {
  using std::chrono::floor;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const auto millis = (floor<milliseconds>(at) - floor<seconds>(at)).count();
  std::string text = FormatRfc3339(at);
  text.pop_back();  // Z
  text += '.';
  text += static_cast<char>('0' + millis / 100);
  text += static_cast<char>('0' + millis / 10 % 10);
  text += static_cast<char>('0' + millis % 10);
  text += 'Z';
  return text;
}

template <typename Number>
void AppendNumber(std::string& out, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// A value that is no text. JSON has no word for NaN and the infinities.
void AppendScalar(std::string& out, const LogField::Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    AppendNumber(out, *integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    if (std::isfinite(*number)) {
      AppendNumber(out, *number);
    } else {
      out += "null";
    }
  }
}

void AppendJsonKey(std::string& out, std::string_view key) {
  out += ',';
  AppendJsonString(out, key);
  out += ':';
}

std::string JsonLine(const LogLine& line) {
  std::string out;
  out.reserve(256);
  out += R"({"ts":")";
  out += Timestamp(line.at);
  out += R"(","level":")";
  out += Name(line.level);
  out += R"(","msg":)";
  AppendJsonString(out, line.message);
  for (const LogField& field : line.fields) {
    AppendJsonKey(out, field.key);
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      AppendJsonString(out, *text);
    } else {
      AppendScalar(out, field.value);
    }
  }
  if (line.suppressed > 0) {
    AppendJsonKey(out, kSuppressed);
    AppendNumber(out, line.suppressed);
  }
  out += '}';
  return out;
}

// Printable ASCII that cannot be taken for the next key stands bare; the rest is quoted as in JSON.
bool StandsBare(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != '=' && c != '\\';
  });
}

// A line break in a message would look like a line of its own.
void AppendMessage(std::string& out, std::string_view message) {
  const bool plain = std::ranges::all_of(message, [](char c) { return c >= ' ' && c <= '~'; });
  if (plain) {
    out += message;
  } else {
    AppendJsonString(out, message);
  }
}

std::string_view PaddedName(LogLevel level) {
  constexpr std::array<std::string_view, kLogLevels> kNames = {"DEBUG ", "INFO  ", "WARN  ",
                                                               "ERROR "};
  return kNames[static_cast<std::size_t>(level)];
}

std::string TextLine(const LogLine& line) {
  std::string out;
  out.reserve(256);
  out += Timestamp(line.at);
  out += ' ';
  out += PaddedName(line.level);
  AppendMessage(out, line.message);
  for (const LogField& field : line.fields) {
    out += ' ';
    out += field.key;
    out += '=';
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      if (StandsBare(*text)) {
        out += *text;
      } else {
        AppendJsonString(out, *text);
      }
    } else {
      AppendScalar(out, field.value);
    }
  }
  if (line.suppressed > 0) {
    out += ' ';
    out += kSuppressed;
    out += '=';
    AppendNumber(out, line.suppressed);
  }
  return out;
}

}  // namespace

std::string FormatLine(const LogLine& line, LogFormat format) {
  return format == LogFormat::kJson ? JsonLine(line) : TextLine(line);
}

}  // namespace berth::observe
