// What the cold-start experiment found, for people and for programs. The same rows give the same
// bytes.
#pragma once

#include <span>
#include <string>

#include "berth/sim/cold_start.h"

namespace berth::sim {

// Lined up; shares in percent.
std::string ColdStartTable(std::span<const ColdStartRow> rows);

// A list of {"policy", "seed" ("mean" for the mean over seeds), "mean_s", "p50_s", "p95_s",
// "p99_s", "start_slo", "goodput", "from": {"device", "host", "disk", "remote"}}; shares are 0..1.
std::string ColdStartJson(std::span<const ColdStartRow> rows);

// The same as comma-separated values, with a head line.
std::string ColdStartCsv(std::span<const ColdStartRow> rows);

// An SVG picture that needs nothing else: mean and 99th percentile of the mean rows, as bars.
std::string ColdStartChart(std::span<const ColdStartRow> rows);

}  // namespace berth::sim
