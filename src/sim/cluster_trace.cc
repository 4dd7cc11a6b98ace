#include "berth/sim/cluster_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/arithmetic.h"
#include "berth/cluster/product.h"
#include "berth/cluster/room.h"
#include "berth/device/read.h"

namespace berth::sim {
namespace {

using cluster::DeviceDemand;
using cluster::DeviceShare;
using cluster::NodeFacts;
using cluster::NodeMode;

// No node's model: nothing will do.
constexpr std::string_view kNoModel = "(none)";

// Nodes that are alike as far as a pod can tell.
struct Kind {
  std::string model;
  std::string product;  // lower case, as pods' wishes are
  MiB memory;           // of the smallest device; 0: unknown
  std::vector<cluster::ClassId> classes;

  friend auto operator<=>(const Kind&, const Kind&) = default;
};

bool HasClass(const Kind& kind, cluster::ClassId device_class) {
  return std::ranges::find(kind.classes, device_class) != kind.classes.end();
}

Kind KindOf(const NodeFacts& facts, const device::ClassTable& classes) {
  Kind kind{.product = cluster::LowerCase(facts.product), .memory = facts.whole_memory};
  if (facts.mode == NodeMode::kShared) {
    kind.memory = std::ranges::min_element(facts.devices, {}, &cluster::Device::memory)->memory;
    kind.classes = {facts.device_class};
  }
  for (const cluster::WholeDevices& whole : facts.whole) {
    kind.classes.push_back(whole.device_class);
  }
  kind.model = facts.product.empty() ? classes[kind.classes.front()].resource : facts.product;
  return kind;
}

std::int64_t CountDevices(const NodeFacts& facts) {
  auto count = static_cast<std::int64_t>(facts.devices.size());
  for (const cluster::WholeDevices& whole : facts.whole) {
    count += whole.count;
  }
  return count;
}

// What the pod takes: of one that asks a model alone what its record says, else so many whole
// devices as it names, or one.
DeviceDemand DemandOf(const kube::PodObject& pod, const cluster::PodRequest& request) {
  if (!request.demand_by_model) {
    return request.demand;
  }
  const Result<device::Record> record = device::ReadRecord(pod);
  return device::DemandOnRecord(request, record.ok() ? &*record : nullptr, nullptr);
}

// The larger of memory and compute.
Millidevices PartOf(const DeviceShare& share, MiB device_memory) {
  if (share.exclusive() || share.count > 1 || share.memory >= device_memory) {
    return kWholeDevice;
  }
  const std::int64_t memory =
      DivideUp(share.memory.count() * kWholeDevice.count(), device_memory.count());
  return Millidevices(std::max(memory, share.cores.count() * kWholeDevice.count() / 100));
}

class Translator {
 public:
  explicit Translator(const device::ClassTable& classes) : classes_(classes) {}

  // nullopt: its devices are offered to nobody, or it has none.
  Result<std::optional<TraceNode>> Node(const kube::NodeObject& object) {
    const NodeFacts facts = device::ReadNode(object, classes_);
    if (facts.mode != NodeMode::kShared && facts.mode != NodeMode::kWhole) {
      return std::optional<TraceNode>();
    }
    const std::int64_t devices = CountDevices(facts);
    BERTH_RETURN_IF_ERROR(CheckCount(devices, fmt::format("node {} has", facts.name)));
    const auto at = kinds_.try_emplace(KindOf(facts, classes_), 0).first;
    at->second += devices;
    if (!kind_of_.try_emplace(facts.name, &at->first).second) {
      return InvalidArgument(fmt::format("node {} is there twice", facts.name));
    }
    return std::optional(TraceNode{.name = facts.name,
                                   .cpu = facts.cpu,
                                   .memory = MiB(facts.memory.count() / ToBytes(MiB(1)).count()),
                                   .devices = static_cast<int>(devices),
                                   .model = at->first.model});
  }

  // After all nodes. nullopt: it is no part of the trace.
  Result<std::optional<TracePod>> Pod(const kube::PodObject& object) const {
    const cluster::PodRequest request = device::ReadPod(object, classes_);
    const bool is_elsewhere = !object.node_name.empty() && !kind_of_.contains(object.node_name);
    if (object.ended() || is_elsewhere || request.fault != cluster::PodFault::kNone) {
      return std::optional<TracePod>();
    }
    const DeviceDemand demand = DemandOf(object, request);
    const std::int64_t devices = cluster::DevicesOf(demand);
    BERTH_RETURN_IF_ERROR(
        CheckCount(devices, fmt::format("pod {}/{} asks for", object.ns, object.name)));
    TracePod pod{.name = fmt::format("{}/{}", object.ns, object.name),
                 .cpu = request.cpu,
                 .memory = RoundedUp(request.memory),
                 .devices = static_cast<int>(devices)};
    if (devices > 0) {
      pod.models = ModelsFor(request, demand);
      pod.share = demand.share ? PartOf(*demand.share, DeviceMemory(object, request, demand))
                               : kWholeDevice;
    }
    return std::optional(std::move(pod));
  }

 private:
  static Status CheckCount(std::int64_t devices, std::string_view who) {
    if (devices <= cluster::kMaxDevices) {
      return {};
    }
    return InvalidArgument(fmt::format("{} {} devices, a trace has at most {} on one node", who,
                                       devices, cluster::kMaxDevices));
  }

  static bool WillTake(const Kind& kind, const cluster::PodRequest& request,
                       const DeviceDemand& demand) {
    const bool is_large_enough =
        !demand.share || kind.memory == MiB(0) || kind.memory >= demand.share->memory;
    return is_large_enough && cluster::WillDo(kind.product, request.accelerators) &&
           std::ranges::all_of(demand.whole, [&kind](const cluster::WholeDevices& whole) {
             return HasClass(kind, whole.device_class);
           });
  }

  // Empty where every model will do.
  std::vector<std::string> ModelsFor(const cluster::PodRequest& request,
                                     const DeviceDemand& demand) const {
    std::set<std::string> models;
    bool is_any = true;
    for (const auto& [kind, devices] : kinds_) {
      if (WillTake(kind, request, demand)) {
        models.insert(kind.model);
      } else {
        is_any = false;
      }
    }
    if (is_any) {
      return {};
    }
    if (models.empty()) {
      return {std::string(kNoModel)};
    }
    return {models.begin(), models.end()};
  }

  // Of which its memory is a part: where it is docked that node's, else what most devices have that
  // could take it; of equals the smaller.
  MiB DeviceMemory(const kube::PodObject& object, const cluster::PodRequest& request,
                   const DeviceDemand& demand) const {
    const auto docked = kind_of_.find(object.node_name);
    if (docked != kind_of_.end() && docked->second->memory > MiB(0)) {
      return docked->second->memory;
    }
    std::map<MiB, std::int64_t> devices_of;
    for (const auto& [kind, devices] : kinds_) {
      if (kind.memory > MiB(0) && WillTake(kind, request, demand)) {
        devices_of[kind.memory] += devices;
      }
    }
    const auto most =
        std::ranges::max_element(devices_of, {}, [](const auto& entry) { return entry.second; });
    return most == devices_of.end() ? MiB(1) : most->first;
  }

  const device::ClassTable& classes_;
  std::map<Kind, std::int64_t> kinds_;                       // devices of each
  std::map<std::string, const Kind*, std::less<>> kind_of_;  // by node
};

struct CreatedPod {
  std::optional<WallTime> created;
  TracePod pod;
};

// Those without a time come first, as they are listed.
std::vector<TracePod> InOrderOfCreation(std::vector<CreatedPod> created) {
  std::ranges::stable_sort(created, {}, &CreatedPod::created);
  std::optional<WallTime> first;
  std::vector<TracePod> pods;
  for (auto& [time, pod] : created) {
    if (time) {
      first = first.value_or(*time);
      pod.created = std::chrono::duration_cast<Duration>(*time - *first);
      pod.deleted = pod.created;
    }
    pods.push_back(std::move(pod));
  }
  return pods;
}

}  // namespace

Result<Trace> TraceOfCluster(std::span<const kube::NodeObject> nodes,
                             std::span<const kube::PodObject> pods,
                             const device::ClassTable& classes) {
  Translator translator(classes);
  Trace trace;
  for (const kube::NodeObject& object : nodes) {
    BERTH_ASSIGN_OR_RETURN(std::optional<TraceNode> node, translator.Node(object));
    if (node) {
      trace.nodes.push_back(*std::move(node));
    }
  }
  if (trace.nodes.empty()) {
    return InvalidArgument("no node has devices that are offered to pods");
  }
  std::vector<CreatedPod> created;
  for (const kube::PodObject& object : pods) {
    BERTH_ASSIGN_OR_RETURN(std::optional<TracePod> pod, translator.Pod(object));
    if (pod) {
      created.push_back({.created = object.created, .pod = *std::move(pod)});
    }
  }
  if (created.empty()) {
    return InvalidArgument("there are no pods for its nodes with devices");
  }
  trace.pods.rows = InOrderOfCreation(std::move(created));
  return trace;
}

}  // namespace berth::sim
