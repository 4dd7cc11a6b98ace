#include "berth/base/clock.h"

#include <charconv>
#include <cstdint>
#include <ctime>

namespace berth {
namespace {

// Takes so many digits off the front.
std::optional<int> Digits(std::string_view& text, std::size_t count) {
  int value = 0;
  if (text.size() < count || text[0] == '-' || text[0] == '+') {
    return std::nullopt;
  }
  const char* const begin = text.data();
  const char* const end = begin + count;
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end) {
    return std::nullopt;
  }
  text.remove_prefix(count);
  return value;
}

bool Take(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

std::optional<Duration> Fraction(std::string_view& text) {
  constexpr int kDigits = 9;
  std::int64_t nanoseconds = 0;
  int digits = 0;
  for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), ++digits) {
    if (digits < kDigits) {
      nanoseconds = nanoseconds * 10 + (text[0] - '0');
    }
  }
  for (int i = digits; i < kDigits; ++i) {
    nanoseconds *= 10;
  }
  return digits == 0 ? std::nullopt : std::optional(Duration(nanoseconds));
}

// The offset that local time is ahead of UTC.
std::optional<Duration> Offset(std::string_view& text) {
  if (Take(text, 'Z') || Take(text, 'z')) {
    return Duration{};
  }
  const bool behind = Take(text, '-');
  if (!behind && !Take(text, '+')) {
    return std::nullopt;
  }
  const auto hours = Digits(text, 2);
  if (!hours || !Take(text, ':')) {
    return std::nullopt;
  }
  const auto minutes = Digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const Duration offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return behind ? -offset : offset;
}

}  // namespace

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string FormatRfc3339(WallTime time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  (void)gmtime_r(&seconds, &parts);
  char text[sizeof "2026-11-24T05:20:31Z"];
  (void)std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::optional<WallTime> ParseRfc3339(std::string_view text) {
  const auto year = Digits(text, 4);
  if (!year || !Take(text, '-')) {
    return std::nullopt;
  }
  const auto month = Digits(text, 2);
  if (!month || !Take(text, '-')) {
    return std::nullopt;
  }
  const auto day = Digits(text, 2);
  if (!day || !(Take(text, 'T') || Take(text, 't'))) {
    return std::nullopt;
  }
  const auto hour = Digits(text, 2);
  if (!hour || !Take(text, ':')) {
    return std::nullopt;
  }
  const auto minute = Digits(text, 2);
  if (!minute || !Take(text, ':')) {
    return std::nullopt;
  }
  const auto second = Digits(text, 2);
  Duration fraction{};
  if (second && Take(text, '.')) {
    const auto read = Fraction(text);
    if (!read) {
      return std::nullopt;
    }
    fraction = *read;
  }
  const auto offset = second ? Offset(text) : std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // The range of WallTime, in nanoseconds, ends in 2262.
  constexpr int kFirstYear = 1970;
  constexpr int kLastYear = 2200;
  constexpr int kLeapSecond = 60;
  if (!offset || !text.empty() || !date.ok() || *year < kFirstYear || *year > kLastYear ||
      *hour > 23 || *minute > 59 || *second > kLeapSecond) {
    return std::nullopt;
  }
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second) + fraction - *offset;
}

}  // namespace berth
