#include "berth/observe/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "log_line.h"

namespace berth::observe {
namespace {

class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(LogSink write) : write_(std::move(write)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    write_({line.payload.data(), line.payload.size()});
  }
  void flush_() override {}

  const LogSink write_;
};

spdlog::sink_ptr MakeSink(LogSink sink) {
  if (sink) {
    return std::make_shared<FunctionSink>(std::move(sink));
  }
  return std::make_shared<spdlog::sinks::stderr_sink_mt>();
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

}  // namespace

std::string_view Name(LogLevel level) {
  constexpr std::array<std::string_view, kLogLevels> kNames = {"debug", "info", "warn", "error"};
  return kNames[static_cast<std::size_t>(level)];
}

struct Logger::Impl {
  Impl(LogFormat line_format, const Clock& line_clock, LogSink sink)
      : format(line_format), clock(line_clock), lines("berth", MakeSink(std::move(sink))) {
    lines.set_pattern("%v");                // the line is ours, whole
    lines.set_level(spdlog::level::trace);  // so is the choice of level
  }

  const LogFormat format;
  const Clock& clock;
  spdlog::logger lines;
  std::array<std::atomic<std::uint64_t>, kLogLevels> counts{};
};

Logger::Logger(LogOptions options, const Clock& clock, LogSink sink)
    : level_(options.level),
      impl_(std::make_unique<Impl>(options.format, clock, std::move(sink))) {}

Logger::~Logger() = default;

void Logger::Write(LogLevel level, std::string_view message, LogFields fields,
                   std::uint64_t suppressed) {
  const std::string line = FormatLine({.at = impl_->clock.WallNow(),
                                       .level = level,
                                       .message = message,
                                       .fields = fields,
                                       .suppressed = suppressed},
                                      impl_->format);
  impl_->counts[static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
  impl_->lines.log(SpdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
}

std::array<std::uint64_t, kLogLevels> Logger::counts() const {
  std::array<std::uint64_t, kLogLevels> counts{};
  for (std::size_t i = 0; i < kLogLevels; ++i) {
    counts[i] = impl_->counts[i].load(std::memory_order_relaxed);
  }
  return counts;
}

void LimitedLog::Log(LogLevel level, Instant now, std::string_view message, LogFields fields) {
  if (!log_.enabled(level)) {
    return;
  }
  std::uint64_t suppressed = 0;
  {
    const MutexLock lock(mutex_);
    if (written_ && now < next_) {
      ++suppressed_;
      return;
    }
    written_ = true;
    next_ = now + interval_;
    suppressed = std::exchange(suppressed_, 0);
  }
  log_.Write(level, message, fields, suppressed);
}

}  // namespace berth::observe
