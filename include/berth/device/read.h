// Kubernetes objects -> what the decision knows: devices of a node, demand of a pod, the record of
// a placement.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"
#include "berth/cluster/node.h"
#include "berth/cluster/pod.h"
#include "berth/device/classes.h"
#include "berth/kube/objects.h"

namespace berth::device {

// Labels, annotations and resources of the native dialect.
inline constexpr std::string_view kSharingLabel = "berth.dev/sharing";  // "native"
inline constexpr std::string_view kDeviceOverride = "berth.dev/device-override";
inline constexpr std::string_view kGpuMemory = "berth.dev/gpu-memory";  // MiB on each device
inline constexpr std::string_view kGpuCores = "berth.dev/gpu-cores";    // percent of each device
inline constexpr std::string_view kGpuCount = "berth.dev/gpu-count";    // devices
inline constexpr std::string_view kModel = "berth.dev/model";
inline constexpr std::string_view kAccelerators = "berth.dev/accelerators";
inline constexpr std::string_view kDevices = "berth.dev/devices";
inline constexpr std::string_view kAllocation = "berth.dev/allocation";

// Never fails: a node whose devices cannot be told is kInvalid, kMixed or kForeign and says why in
// `problem`.
//
// Shared (label berth.dev/sharing: native): devices come from the annotation
// berth.dev/device-override,
//   {"product": "NVIDIA-A100-SXM4-80GB", "count": 8, "memoryMiB": 81920} or
//   {"product": "...", "devices": [{"id": "GPU-1f2e...", "memoryMiB": 81920, "healthy": true},
//   ...]},
// else from the vendor's labels for product, memory and count.
// Whole: every class of the table with a positive allocatable amount.
cluster::NodeFacts ReadNode(const kube::NodeObject& node, const ClassTable& classes);

// Never fails: a pod whose words cannot be honoured carries a fault. Amounts are the effective
// request over containers, init containers and sidecars; gpu-count is the largest that any
// container names, for all containers of a pod see the same devices.
cluster::PodRequest ReadPod(const kube::PodObject& pod, const ClassTable& classes);

// Which devices a bound pod's annotations say it has. Ids as written: UUIDs or indices.
// kNotFound: no record. kInvalidArgument: malformed, written for another uid or node, or its two
// annotations disagree.
Result<std::vector<std::string>> ReadRecord(const kube::PodObject& pod);

// The ids as devices of this node. kInvalidArgument: unknown, twice, or not as many as the demand's
// count.
Result<cluster::DeviceSet> ResolveRecord(const std::vector<std::string>& ids,
                                         const cluster::NodeFacts& node,
                                         const cluster::DeviceDemand& demand);

// The annotations that a Binding carries: berth.dev/devices and berth.dev/allocation for shares,
// berth.dev/allocation alone for whole devices, none for a pod without devices. ReadRecord and
// ResolveRecord read them back to the same devices.
//   berth.dev/allocation:
//   {"v":1,"uid":"…","node":"gpu-a-1","devices":["0"],"memoryMiB":8192,"cores":30}
//   berth.dev/allocation: {"v":1,"uid":"…","node":"gpu-b-1","whole":{"nvidia.com/gpu":2}}
kube::StringMap WriteRecord(const cluster::PodRequest& pod, const cluster::NodeFacts& node,
                            cluster::DeviceSet devices, const ClassTable& classes);

}  // namespace berth::device
