// How durations are written, in files and on the command line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "berth/base/clock.h"

namespace berth::config {

// "5s", "250ms", "1m30s", "1.5h" (units ns us ms s m h), "0". Grammar: Go's time.ParseDuration,
// without signs. nullopt for anything else, and past the range of Duration.
std::optional<Duration> ParseDuration(std::string_view text);
std::string FormatDuration(Duration duration);  // exact; "1m30s"

}  // namespace berth::config
