// What replays found, for people and for programs. The same rows give the same bytes.
#pragma once

#include <span>
#include <string>

#include "berth/sim/replay.h"

namespace berth::sim {

// What rows are about.
struct ReplayReport {
  ReplayMode mode = ReplayMode::kArrivals;
  std::span<const TraceNode> nodes;
  std::span<const ReplayRow> rows;  // not empty
};

// Lined up, in percent of the devices: what was allocated at round numbers of arrived demand, or
// over time; and pods that found no room.
std::string ReplayTable(const ReplayReport& report);

// A list of {"policy", "seed" ("mean" for the mean over seeds), "arrived": [...],
// "allocated": [...], "fragmented": [...], "failed", "failed_by_class": {...}, "idle": {...},
// "placements": [{"event", "pod_row", "node", "devices": [...]}, ...]}, in percent. With departures
// there is "time" as well, in percent of the trace, and "arrived" is what pods ask that are there.
std::string ReplayJson(const ReplayReport& report);

// policy,seed,at,arrived,allocated,fragmented: the curves alone.
std::string ReplayCsv(const ReplayReport& report);

// An SVG picture that needs nothing else: what is allocated, a line a policy; the means where there
// are several seeds.
std::string ReplayChart(const ReplayReport& report);

}  // namespace berth::sim
