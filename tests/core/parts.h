// Nodes and pods whose devices are counted in parts of a hundredth, and whose CPU in cores.
#pragma once

#include "berth/cluster/pod.h"
#include "berth/cluster/residual_worth.h"
#include "testing/snapshot.h"

namespace berth::core {

inline constexpr MiB kHundredth{1};  // of the memory of a device
inline constexpr MiB kDevice = kHundredth * cluster::kParts;

constexpr Millicores Cores(std::int64_t cores) { return Millicores(cores * 1000); }

// One more device of the last node, of which somebody has all but so many parts.
inline tests::MakeSnapshot& Left(tests::MakeSnapshot& nodes, int parts) {
  nodes.Gpu(kDevice);
  return parts < cluster::kParts ? nodes.Held(kHundredth * (cluster::kParts - parts)) : nodes;
}

inline cluster::PodRequest WithCpu(cluster::PodRequest pod, Millicores cpu) {
  pod.cpu = cpu;
  return pod;
}
inline cluster::PodRequest PartsPod(int parts, Millicores cpu = Millicores(0)) {
  return WithCpu(tests::SharePod(kHundredth * parts), cpu);
}
// It asks for no devices.
inline cluster::PodRequest HostPod(Millicores cpu) {
  return {.ns = "ml", .name = "web-0", .uid = "u", .cpu = cpu};
}

}  // namespace berth::core
