// Small traces, and setups that replay them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "berth/base/named.h"
#include "berth/sim/arrivals.h"
#include "berth/sim/replay.h"
#include "berth/sim/trace.h"

namespace berth::sim {

// Lines of "cpu_milli,memory_mib,gpu,model".
inline std::vector<TraceNode> NodesOf(const std::string& lines) {
  auto nodes = ReadTraceNodes("cpu_milli,memory_mib,gpu,model\n" + lines, "nodes");
  EXPECT_TRUE(nodes.ok()) << nodes.error().message;
  return *std::move(nodes);
}

// Lines of "cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec".
inline std::vector<TracePod> PodsOf(const std::string& lines) {
  auto pods = ReadTracePods("cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n" + lines, "pods");
  EXPECT_TRUE(pods.ok()) << pods.error().message;
  return std::move(*pods).rows;
}

// In the order of the files.
inline ReplaySetup SetupOf(const std::vector<TraceNode>& nodes, const std::vector<TracePod>& pods) {
  return {.nodes = nodes,
          .pods = pods,
          .arrivals = FileOrder(pods.size()),
          .ranks = FileOrder(nodes.size())};
}

inline ReplayResult ReplayOf(const ReplaySetup& setup, std::string_view policy) {
  const PackingPolicy* found = FindByName(PackingPolicies(), policy);
  EXPECT_NE(found, nullptr) << policy;
  return Replay(setup, *found, [](std::size_t, std::size_t) {});
}

// "0:01" for devices 0 and 1 of node 0, "-" for a pod without room, in the order of the events.
inline std::string PlacesOf(const ReplayResult& result, std::size_t events) {
  std::vector<std::string> places(events, "-");
  for (const ReplayPlacement& placement : result.placements) {
    std::string& place = places[placement.arrival.event];
    place = std::to_string(placement.spot.node) + ":";
    placement.spot.devices.ForEach([&](int device) { place += std::to_string(device); });
  }
  std::string all;
  for (const std::string& place : places) {
    all += (all.empty() ? "" : " ") + place;
  }
  return all;
}

}  // namespace berth::sim
