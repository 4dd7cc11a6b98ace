// ReadNode: labels, annotations and resources of a Node -> its devices.
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "berth/device/read.h"
#include "foreign.h"
#include "labels.h"
#include "override.h"

namespace berth::device {
namespace {

using cluster::NodeFacts;
using cluster::NodeMode;
using cluster::WholeDevices;

constexpr std::string_view kNative = "native";
constexpr std::int32_t kMaxWholeCount = std::numeric_limits<std::int16_t>::max();

void Refuse(NodeFacts& facts, NodeMode mode, std::string problem) {
  facts.mode = mode;
  facts.problem = std::move(problem);
}

// By class, so that the order of a resource list changes nothing.
std::vector<WholeDevices> AdvertisedBy(const kube::NodeObject& node, const ClassTable& classes) {
  std::vector<WholeDevices> whole;
  for (const auto& [resource, amount] : node.allocatable.extended) {
    if (const auto id = classes.Find(resource); id && amount > 0) {
      const auto count = static_cast<std::int32_t>(std::min<std::int64_t>(amount, kMaxWholeCount));
      whole.push_back({.device_class = *id, .count = count});
    }
  }
  std::ranges::sort(whole, {}, &WholeDevices::device_class);
  return whole;
}

// GPU feature discovery labels a node once, with whichever of its models it met last. They describe
// all devices only where the count that they imply is the node's.
bool LabelsAddUp(const kube::NodeObject& node, const DeviceClass& kind, std::int64_t count) {
  if (kind.count_label.empty() || kube::Find(node.labels, kind.count_label) == nullptr) {
    return true;
  }
  const auto devices = CountOf(node.labels, kind.count_label);
  const auto replicas = ReplicasOf(node.labels, kind);
  std::int64_t implied = 0;
  return devices && replicas && !__builtin_mul_overflow(*devices, *replicas, &implied) &&
         implied == std::max(node.capacity.Extended(kind.resource), count);
}

// Product and memory hold for the node as a whole: they are known when its classes agree.
void DescribeWhole(const kube::NodeObject& node, const ClassTable& classes, NodeFacts& facts) {
  bool first = true;
  for (const WholeDevices& whole : facts.whole) {
    const DeviceClass& kind = classes[whole.device_class];
    std::string product;
    MiB memory;
    if (LabelsAddUp(node, kind, whole.count)) {
      const std::int64_t capacity =
          std::max<std::int64_t>(node.capacity.Extended(kind.resource), whole.count);
      product = ProductOf(node.labels, kind);
      memory = MiB(MemoryOf(node.labels, kind, capacity).value_or(MiB(0)).count() /
                   ReplicasOf(node.labels, kind).value_or(1));
    }
    facts.product = first || facts.product == product ? std::move(product) : std::string();
    facts.whole_memory = first || facts.whole_memory == memory ? memory : MiB(0);
    first = false;
  }
}

void ReadWhole(const kube::NodeObject& node, const ClassTable& classes,
               std::vector<WholeDevices> whole, NodeFacts& facts) {
  if (whole.empty()) {
    return;
  }
  if (whole.size() > cluster::kMaxClasses) {
    facts.problem = fmt::format("only {} of {} kinds of devices are offered", cluster::kMaxClasses,
                                whole.size());
    whole.resize(cluster::kMaxClasses);
  }
  facts.mode = NodeMode::kWhole;
  facts.whole = std::move(whole);
  DescribeWhole(node, classes, facts);
}

// Why a vendor's labels do not say what devices a shared node has; empty when they do.
std::string ReadLabelledDevices(const kube::NodeObject& node, const DeviceClass& kind,
                                NodeFacts& facts) {
  const auto count = CountOf(node.labels, kind.count_label);
  if (!count || *count < 1) {
    return fmt::format("label {} is no positive number", kind.count_label);
  }
  if (*count > cluster::kMaxDevices) {
    return fmt::format("label {}: {} devices, at most {} can be shared", kind.count_label, *count,
                       cluster::kMaxDevices);
  }
  const auto memory = MemoryOf(node.labels, kind, *count);
  if (!memory) {
    return fmt::format("label {} is no positive amount", kind.memory_label);
  }
  const std::string* product = kube::Find(node.labels, kind.product_label);
  if (product != nullptr && NamesPartition(*product)) {
    return fmt::format("label {}: '{}' is a partition, only undivided devices can be shared",
                       kind.product_label, *product);
  }
  facts.product = ProductOf(node.labels, kind);
  for (std::int64_t i = 0; i < *count; ++i) {
    facts.devices.push_back({.id = std::to_string(i), .memory = *memory});
  }
  return {};
}

void ReadShared(const kube::NodeObject& node, const ClassTable& classes, NodeFacts& facts) {
  facts.mode = NodeMode::kShared;
  if (const std::string* json = kube::Find(node.annotations, kDeviceOverride)) {
    auto given = ParseOverride(*json, classes);
    if (!given) {
      Refuse(facts, NodeMode::kInvalid,
             fmt::format("annotation {}: {}", kDeviceOverride, given.error().message));
      return;
    }
    facts.product = std::move(given->product);
    facts.device_class = given->device_class;
    facts.devices = std::move(given->devices);
    return;
  }
  const auto kinds = classes.all();
  const auto labelled = std::ranges::find_if(kinds, [&](const DeviceClass& kind) {
    return !kind.partition && !kind.count_label.empty() && !kind.memory_label.empty() &&
           kube::Find(node.labels, kind.count_label) != nullptr;
  });
  if (labelled == kinds.end()) {
    Refuse(facts, NodeMode::kInvalid,
           fmt::format("neither labels nor annotation {} say which devices the node has",
                       kDeviceOverride));
    return;
  }
  facts.device_class = static_cast<cluster::ClassId>(labelled - kinds.begin());
  if (std::string problem = ReadLabelledDevices(node, *labelled, facts); !problem.empty()) {
    Refuse(facts, NodeMode::kInvalid, std::move(problem));
  }
}

}  // namespace

NodeFacts ReadNode(const kube::NodeObject& node, const ClassTable& classes,
                   std::string_view rack_label) {
  NodeFacts facts{.name = node.name,
                  .cpu = node.allocatable.cpu,
                  .memory = node.allocatable.memory,
                  .pods = node.allocatable.pods,
                  .ready = node.ready,
                  .unschedulable = node.unschedulable,
                  .prefer_no_schedule = node.prefer_no_schedule};
  if (const std::string* zone = kube::Find(node.labels, kZoneLabel)) {
    facts.zone = *zone;
  }
  const std::string* rack = rack_label.empty() ? nullptr : kube::Find(node.labels, rack_label);
  if (rack != nullptr) {
    facts.rack = *rack;
  }
  const std::string* sharing = kube::Find(node.labels, kSharingLabel);
  if (sharing != nullptr && *sharing != kNative) {
    Refuse(facts, NodeMode::kInvalid,
           fmt::format("label {}: '{}' is not '{}'", kSharingLabel, *sharing, kNative));
    return facts;
  }
  std::vector<WholeDevices> whole = AdvertisedBy(node, classes);
  std::optional<std::string> foreign = ForeignProtocol(node);
  if (sharing == nullptr) {
    if (foreign) {
      Refuse(facts, NodeMode::kForeign, std::move(*foreign));
    } else {
      ReadWhole(node, classes, std::move(whole), facts);
    }
    return facts;
  }
  if (foreign) {
    Refuse(facts, NodeMode::kMixed,
           fmt::format("label {}: {}, yet {}", kSharingLabel, kNative, *foreign));
  } else if (!whole.empty()) {
    Refuse(facts, NodeMode::kMixed,
           fmt::format("label {}: {}, yet it advertises {} {}", kSharingLabel, kNative,
                       whole.front().count, classes[whole.front().device_class].resource));
  } else {
    ReadShared(node, classes, facts);
  }
  return facts;
}

}  // namespace berth::device
