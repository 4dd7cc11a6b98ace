// Numbers that other rooms keep, as samples.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "berth/base/clock.h"
#include "berth/observe/readings.h"
#include "label_values.h"
#include "page.h"
#include "process.h"

namespace berth::observe {

void AddReadings(Page& page, const Readings& readings, WallTime now);

// By Rejection: what was counted here, and the transport's own share.
void AddRejections(Page& page, const TransportReading& transport,
                   std::array<std::uint64_t, kRejections.size()> counted);

void AddProcess(Page& page, const ProcessReading& process);

// The last stands for all others.
inline std::size_t IndexOrLast(std::span<const std::string_view> values, std::string_view value) {
  const auto at = static_cast<std::size_t>(std::ranges::find(values, value) - values.begin());
  return std::min(at, values.size() - 1);
}

}  // namespace berth::observe
