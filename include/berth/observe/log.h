// Structured log: a constant message, everything that varies as keys. One line per message.
#pragma once

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"

namespace berth::observe {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
inline constexpr std::size_t kLogLevels = 4;
std::string_view Name(LogLevel level);  // "debug", "info", "warn", "error"

enum class LogFormat : std::uint8_t {
  kJson,  // {"ts":"2026-11-24T05:20:31.042Z","level":"info","msg":"bound","pod":"ml/llm-0"}
  kText,  // 2026-11-24T05:20:31.042Z INFO  bound pod=ml/llm-0
};

// A key and what it says. Borrows its text: made for the call that writes it, never kept.
struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;

  LogField(std::string_view field_key, std::string_view text) : key(field_key), value(text) {}
  LogField(std::string_view field_key, const std::string& text)
      : key(field_key), value(std::string_view(text)) {}
  LogField(std::string_view field_key, const char* text)
      : key(field_key), value(std::string_view(text)) {}
  LogField(std::string_view field_key, bool flag) : key(field_key), value(flag) {}
  template <std::floating_point T>
  LogField(std::string_view field_key, T number)
      : key(field_key), value(static_cast<double>(number)) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  LogField(std::string_view field_key, T number)
      : key(field_key),
        value(std::in_range<std::int64_t>(number) ? static_cast<std::int64_t>(number)
                                                  : std::numeric_limits<std::int64_t>::max()) {}

  std::string_view key;
  Value value;
};
using LogFields = std::initializer_list<LogField>;

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kJson;
};

// Where whole lines go, without their newline. Calls come one at a time.
using LogSink = std::function<void(std::string_view line)>;

// Thread-safe. A message below the level costs one relaxed load; its fields are built nonetheless,
// so keep them to things at hand.
class Logger {
 public:
  // Writes to standard error where no sink is given. `clock` stamps the lines and outlives the
  // logger.
  Logger(LogOptions options, const Clock& clock, LogSink sink = {});
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  void Debug(std::string_view message, LogFields fields = {}) {
    Log(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, LogFields fields = {}) {
    Log(LogLevel::kInfo, message, fields);
  }
  void Warn(std::string_view message, LogFields fields = {}) {
    Log(LogLevel::kWarn, message, fields);
  }
  void Error(std::string_view message, LogFields fields = {}) {
    Log(LogLevel::kError, message, fields);
  }
  void Log(LogLevel level, std::string_view message, LogFields fields) {
    if (enabled(level)) {
      Write(level, message, fields, 0);
    }
  }

  bool enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  void SetLevel(LogLevel level) { level_.store(level, std::memory_order_relaxed); }

  // Lines written so far, by LogLevel.
  std::array<std::uint64_t, kLogLevels> counts() const;

 private:
  friend class LimitedLog;
  // `suppressed` > 0 is added as the last field.
  void Write(LogLevel level, std::string_view message, LogFields fields, std::uint64_t suppressed);

  struct Impl;
  std::atomic<LogLevel> level_;
  std::unique_ptr<Impl> impl_;
};

// For a message that may repeat without end: written at most once per interval, and then with the
// number of those left out before it (`suppressed`). Thread-safe; one per message.
class LimitedLog {
 public:
  LimitedLog(Logger& log, Duration interval) : log_(log), interval_(interval) {}

  void Warn(Instant now, std::string_view message, LogFields fields = {}) {
    Log(LogLevel::kWarn, now, message, fields);
  }
  void Error(Instant now, std::string_view message, LogFields fields = {}) {
    Log(LogLevel::kError, now, message, fields);
  }
  void Log(LogLevel level, Instant now, std::string_view message, LogFields fields)
      BERTH_EXCLUDES(mutex_);

 private:
  Logger& log_;
  const Duration interval_;
  Mutex mutex_;
  bool written_ BERTH_GUARDED_BY(mutex_) = false;
  Instant next_ BERTH_GUARDED_BY(mutex_);
  std::uint64_t suppressed_ BERTH_GUARDED_BY(mutex_) = 0;
};

}  // namespace berth::observe
