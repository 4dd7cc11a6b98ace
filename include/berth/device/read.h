// Kubernetes objects -> what the decision knows: devices of a node, demand of a pod, the record of
// a placement.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/result.h"
#include "berth/cluster/catalog.h"
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
inline constexpr std::string_view kModel = "berth.dev/model";           // name or name@variant
inline constexpr std::string_view kData = "berth.dev/data";             // names, "imagenet,laion"
inline constexpr std::string_view kModelVariant = "berth.dev/model-variant";  // chosen: "int8"
inline constexpr std::string_view kProfile = "berth.dev/profile";
inline constexpr std::string_view kResidency = "berth.dev/residency";
inline constexpr std::string_view kAccelerators = "berth.dev/accelerators";
inline constexpr std::string_view kDevices = "berth.dev/devices";
inline constexpr std::string_view kAllocation = "berth.dev/allocation";
// On a List of what Berth itself knows, its snapshot.
inline constexpr std::string_view kSnapshot = "berth.dev/snapshot";
inline constexpr std::string_view kDecision = "berth.dev/decision";  // id in the decision log

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
// `rack_label` is the key of the label with the node's rack; empty: racks are not read.
cluster::NodeFacts ReadNode(const kube::NodeObject& node, const ClassTable& classes,
                            std::string_view rack_label = {});

// Never fails: a pod whose words cannot be honoured carries a fault. Amounts are the effective
// request over containers, init containers and sidecars; gpu-count is the largest that any
// container names, for all containers of a pod see the same devices.
cluster::PodRequest ReadPod(const kube::PodObject& pod, const ClassTable& classes);

// What a bound pod's annotations say it has.
struct Record {
  std::vector<std::string> devices;  // ids as written: UUIDs or indices; empty for whole devices
  cluster::DeviceShare share;        // on each of them; counts only where the spec says nothing
  std::string variant;               // of the pod's model; empty: none
  std::string model_version;         // in the catalog that chose it

  friend bool operator==(const Record&, const Record&) = default;
};

// kNotFound: no record. kInvalidArgument: malformed, written for another uid or node, or its
// annotations disagree.
Result<Record> ReadRecord(const kube::PodObject& pod);

// What a bound pod that asks a model alone takes: what its record says, and no less than what the
// catalog says of the variant on record. Without a record that can be believed: all of so many
// devices as it named, or of one.
cluster::DeviceDemand DemandOnRecord(const cluster::PodRequest& pod, const Record* record,
                                     const cluster::Catalog* catalog);

// The ids as devices of this node. kInvalidArgument: unknown, twice, or not as many as the demand's
// count.
Result<cluster::DeviceSet> ResolveRecord(const std::vector<std::string>& ids,
                                         const cluster::NodeFacts& node,
                                         const cluster::DeviceDemand& demand);

// The annotations that a Binding carries: berth.dev/devices and berth.dev/allocation for shares,
// berth.dev/allocation alone for whole devices, none for a pod without devices; with a model
// berth.dev/model-variant too. ReadRecord and ResolveRecord read them back to the same devices.
//   berth.dev/allocation:
//   {"v":1,"uid":"…","node":"gpu-a-1","devices":["0"],"memoryMiB":8192,"cores":30}
//   berth.dev/allocation: {"v":1,"uid":"…","node":"gpu-b-1","whole":{"nvidia.com/gpu":2}}
// and with a model, ,"model":"llama-3-8b@int8","modelVersion":"2"
struct ModelChoice {
  std::string model;
  std::string variant;
  std::string version;  // of the model
};
kube::StringMap WriteRecord(const cluster::PodRequest& pod, const cluster::NodeFacts& node,
                            cluster::DeviceSet devices, const ClassTable& classes,
                            const std::optional<ModelChoice>& choice = std::nullopt);

}  // namespace berth::device
