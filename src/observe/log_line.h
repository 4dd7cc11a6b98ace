// The text of one log line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/observe/log.h"

namespace berth::observe {

struct LogLine {
  WallTime at;
  LogLevel level = LogLevel::kInfo;
  std::string_view message;
  LogFields fields;
  std::uint64_t suppressed = 0;  // shown where not 0
};

std::string FormatLine(const LogLine& line, LogFormat format);

}  // namespace berth::observe
