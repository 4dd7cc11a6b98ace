// A trace of one's own (kind: Trace): groups of nodes and of pods that are alike. docs/quality.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/units.h"
#include "berth/config/complaint.h"

namespace berth::config {

// Of all groups together.
inline constexpr std::int64_t kMostTraceNodes = 1'000'000;
inline constexpr std::int64_t kMostTracePods = 10'000'000;

struct TraceNodeGroup {
  std::string name;  // of the one node; of several it begins their names; empty: "node"
  std::int64_t count = 1;
  Millicores cpu;
  Bytes memory;  // of the host
  std::int64_t devices = 0;
  std::string model;  // of its devices; empty: unknown
};

struct TracePodGroup {
  std::string name;  // as above; empty: "pod"
  std::int64_t count = 1;
  Millicores cpu;
  Bytes memory;  // of the host
  std::int64_t devices = 0;
  std::int64_t share_milli = 1000;  // of each device, in 1/1000
  std::vector<std::string> models;  // that will do; empty: any
};

struct ParsedTrace {
  std::vector<TraceNodeGroup> nodes;
  std::vector<TracePodGroup> pods;
  std::vector<Complaint> complaints;

  bool ok() const { return !HasErrors(complaints); }
};

// Reads the YAML text of one document, as strictly as ParseConfiguration.
ParsedTrace ParseTrace(std::string_view text);

}  // namespace berth::config
