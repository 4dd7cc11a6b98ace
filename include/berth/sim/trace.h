// Traces of GPU clusters: which nodes there were, and which pods came. docs/quality.md says
// what their files look like.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/base/units.h"

namespace berth::sim {

using Millidevices = Quantity<struct MillideviceTag>;  // 1/1000 of a device
inline constexpr Millidevices kWholeDevice{1000};

struct TraceNode {
  std::string name;
  Millicores cpu;
  MiB memory;  // of the host
  int devices = 0;
  std::string model;  // of its devices; empty: unknown
};

// All devices of the nodes.
Millidevices CapacityOf(std::span<const TraceNode> nodes);

struct TracePod {
  std::string name;
  Millicores cpu;
  MiB memory;  // of the host
  int devices = 0;
  Millidevices share;               // of each device; 0 without devices
  std::vector<std::string> models;  // that will do; empty: any
  Duration created{};               // since the start of the trace
  Duration deleted{};               // same, not before `created`

  Millidevices demand() const { return share * devices; }
};

struct TracePods {
  std::vector<TracePod> rows;
  bool timed = false;  // the file says when each was created and deleted
};

struct Trace {
  std::vector<TraceNode> nodes;
  TracePods pods;
};

// Of CSV text with a head line. `file` is what an Error calls it: "pods.csv:17: gpu_milli: ...".
Result<std::vector<TraceNode>> ReadTraceNodes(std::string_view csv, std::string_view file);
Result<TracePods> ReadTracePods(std::string_view csv, std::string_view file);

// Of YAML text, kind: Trace (berth/config/trace.h).
Result<Trace> ReadTrace(std::string_view yaml, std::string_view file);

// Rows of a pod file in the order of their coming, one number a line. A row may come again.
Result<std::vector<std::uint32_t>> ReadArrivals(std::string_view text, std::string_view file,
                                                std::size_t pods);

// Line i is the rank of row i of the node file; of equal nodes the lowest rank is taken.
Result<std::vector<std::uint32_t>> ReadRanks(std::string_view text, std::string_view file,
                                             std::size_t nodes);

}  // namespace berth::sim
