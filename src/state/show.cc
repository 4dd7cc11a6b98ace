// Store::Show: the books as Kubernetes objects again.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "berth/device/read.h"
#include "berth/device/write.h"
#include "berth/state/store.h"
#include "ledger.h"

namespace berth::state {
namespace {

using cluster::PodFault;

// No configuration can hold such a name.
constexpr std::string_view kNoName = "(unknown)";

std::string RequirementNames(cluster::RequirementSet requirements,
                             const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (((requirements >> i) & 1U) != 0) {
      text += (text.empty() ? "" : ",") + names[i];
    }
  }
  return text;
}

// What the rules chose for the pod, in words that make them choose it again.
kube::StringMap ChoicesOf(const cluster::PodRequest& pod, const Rules& rules) {
  kube::StringMap annotations;
  if (pod.fault == PodFault::kProfileUnknown) {
    annotations.emplace_back(device::kProfile, kNoName);
  } else if (pod.profile > 0 && pod.profile < rules.profiles.size()) {
    annotations.emplace_back(device::kProfile, rules.profiles[pod.profile]);
  }
  if (pod.fault == PodFault::kResidencyUnknown) {
    annotations.emplace_back(device::kResidency, kNoName);
  } else if (std::string names = RequirementNames(pod.requirements, rules.requirements);
             !names.empty()) {
    annotations.emplace_back(device::kResidency, std::move(names));
  }
  return annotations;
}

// Devices as the pod's record names them. Where they are not known it names what no node has, so
// that the pod is charged wherever it could be again.
std::vector<cluster::Device> DevicesOf(const PodView& pod, const cluster::NodeFacts* node) {
  std::vector<cluster::Device> devices;
  if (pod.doubtful || pod.devices.empty()) {
    const std::int32_t count = pod.request.demand.share ? pod.request.demand.share->count : 0;
    for (std::int32_t i = 0; i < count; ++i) {
      devices.push_back({.id = fmt::format("unknown-{}", i)});
    }
    return devices;
  }
  pod.devices.ForEach([&](int device) {
    const auto at = static_cast<std::size_t>(device);
    const bool is_known = node != nullptr && at < node->devices.size();
    devices.push_back({.id = is_known ? node->devices[at].id : std::to_string(device)});
  });
  return devices;
}

// Nothing for a pod whose binding left none, unless we suppose on which devices it is.
kube::StringMap RecordOf(const PodView& pod, const cluster::Snapshot& snapshot,
                         const device::ClassTable& classes) {
  if (pod.by_others && pod.devices.empty()) {
    return {};
  }
  const auto index = snapshot.Find(pod.node);
  const std::vector<cluster::Device> devices =
      DevicesOf(pod, index ? snapshot.facts(*index) : nullptr);
  const auto count = static_cast<int>(devices.size());
  const cluster::NodeFacts node{.name = pod.node, .devices = devices};
  std::optional<device::ModelChoice> choice;
  if (!pod.variant.empty()) {
    choice = {.model = pod.request.model, .variant = pod.variant, .version = pod.model_version};
  }
  return device::WriteRecord(pod.request, node, cluster::DeviceSet::First(count), classes, choice);
}

kube::PodObject ObjectOf(const PodView& pod, const cluster::Snapshot& snapshot,
                         const device::ClassTable& classes, const Rules& rules) {
  kube::PodObject object = device::WritePod(pod.request, classes);
  std::ranges::move(ChoicesOf(pod.request, rules), std::back_inserter(object.annotations));
  object.gated = pod.gated;
  if (pod.state != AllocationState::kPending) {
    object.node_name = pod.node;
    std::ranges::move(RecordOf(pod, snapshot, classes), std::back_inserter(object.annotations));
  }
  return object;
}

}  // namespace

void Store::Show(const std::function<void(kube::NodeObject&&)>& node,
                 const std::function<void(kube::PodObject&&)>& pod) const {
  Moment moment;
  {
    const MutexLock lock(mu_);
    moment = ledger_->Capture();
  }
  std::ranges::sort(moment.nodes, {}, [](const Moment::Node& shown) -> const std::string& {
    return shown.facts->name;
  });
  for (const Moment::Node& shown : moment.nodes) {
    node(device::WriteNode(*shown.facts, *shown.words));
  }
  std::ranges::sort(moment.pods, {}, [](const PodView& shown) {
    return std::tie(shown.request.ns, shown.request.name, shown.request.uid);
  });
  for (const PodView& shown : moment.pods) {
    pod(ObjectOf(shown, *moment.snapshot, classes_, rules_));
  }
}

}  // namespace berth::state
