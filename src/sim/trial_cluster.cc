#include "berth/sim/trial_cluster.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "berth/core/reason.h"
#include "berth/kube/node_constraints.h"

namespace berth::sim {
namespace {

bool AsksForDevices(const cluster::PodRequest& pod) {
  return !pod.demand.empty() || pod.demand_by_model || pod.fault != cluster::PodFault::kNone;
}

bool IsWaiting(const kube::PodObject& pod) {
  return pod.node_name.empty() && !pod.ended() && !pod.terminating && !pod.gated;
}

std::string DeviceIds(const cluster::NodeFacts& facts, cluster::DeviceSet devices) {
  std::vector<std::string_view> ids;
  devices.ForEach(
      [&](int device) { ids.push_back(facts.devices[static_cast<std::size_t>(device)].id); });
  return fmt::format("{}", fmt::join(ids, ","));
}

std::optional<state::ModelTaking> TakingOf(const core::Decision& decision,
                                           const core::NodeDecision& node,
                                           const cluster::PodRequest& pod) {
  const cluster::ModelVariant* const variant = decision.VariantOf(node);
  if (variant == nullptr) {
    return std::nullopt;
  }
  return state::ModelTaking{.demand = core::DemandWith(pod, variant),
                            .variant = variant->name,
                            .version = decision.model->version};
}

// What a full node is short of, where an emptier one would do.
bool IsOfRoom(core::Reason reason) {
  return reason == core::Reason::kDevices || reason == core::Reason::kDeviceMemory ||
         reason == core::Reason::kDeviceCores;
}

// Of the most nodes; of equals the first in the list of reasons. That other nodes have no such
// devices is no reason as long as there are some that have.
std::string MainReason(const core::Decision& decision) {
  if (decision.nodes.empty()) {
    return "no node that it may run on has CPU, memory and room for another pod";
  }
  std::array<int, core::kReasonCount> nodes{};
  const bool has_devices =
      std::ranges::any_of(decision.nodes, &IsOfRoom, &core::NodeDecision::reason);
  for (const core::NodeDecision& node : decision.nodes) {
    if (!has_devices || IsOfRoom(node.reason)) {
      ++nodes[static_cast<std::size_t>(node.reason)];
    }
  }
  const auto most = std::ranges::max_element(nodes) - nodes.begin();
  return std::string(core::Text(static_cast<core::Reason>(most)));
}

MiB MeanDeviceMemory(const cluster::Snapshot& snapshot) {
  MiB sum;
  std::int64_t devices = 0;
  for (const cluster::NodeIndex node : core::AllNodes(snapshot)) {
    for (const cluster::Device& device : snapshot.facts(node)->devices) {
      sum += device.memory;
      ++devices;
    }
  }
  return std::max(MiB(1), MiB(sum.count() / std::max<std::int64_t>(devices, 1)));
}

Status CheckNames(const std::vector<kube::NodeObject>& nodes,
                  const std::vector<kube::PodObject>& pods) {
  std::set<std::string> names;
  for (const kube::NodeObject& node : nodes) {
    if (!names.insert(node.name).second) {
      return Error{ErrorCode::kAlreadyExists, fmt::format("node {} is there twice", node.name)};
    }
  }
  names.clear();
  for (const kube::PodObject& pod : pods) {
    if (!names.insert(fmt::format("{}/{}", pod.ns, pod.name)).second) {
      return Error{ErrorCode::kAlreadyExists,
                   fmt::format("pod {}/{} is there twice", pod.ns, pod.name)};
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<TrialCluster>> TrialCluster::Create(TrialSettings settings,
                                                           std::vector<kube::NodeObject> nodes,
                                                           std::vector<kube::PodObject> pods) {
  BERTH_RETURN_IF_ERROR(CheckNames(nodes, pods));
  std::unique_ptr<TrialCluster> cluster(new TrialCluster(std::move(settings), std::move(nodes)));
  for (kube::PodObject& pod : pods) {
    cluster->Add(std::move(pod));
  }
  std::ranges::stable_sort(cluster->waiting_, std::greater(), &kube::PodObject::priority);
  return cluster;
}

TrialCluster::TrialCluster(TrialSettings settings, std::vector<kube::NodeObject> nodes)
    : profiles_(std::move(settings.profiles)),
      store_(std::move(settings.classes), std::move(settings.rules)),
      nodes_(std::move(nodes)) {
  store_.SetCatalog(std::move(settings.catalog));
  store_.SetTypicalPods(std::move(settings.typical_pods));
  for (const kube::NodeObject& node : nodes_) {
    store_.PutNode(node);
  }
  device_memory_ = MeanDeviceMemory(*store_.snapshot());
}

void TrialCluster::Add(kube::PodObject pod) {
  if (pod.uid.empty()) {
    pod.uid = fmt::format("{}/{}", pod.ns, pod.name);
  }
  const bool asks = AsksForDevices(store_.Read(pod));
  if (!pod.node_name.empty() && !pod.ended()) {
    store_.PutPod(pod);
    if (asks) {
      docked_.push_back(std::move(pod));
    }
  } else if (asks && IsWaiting(pod)) {
    waiting_.push_back(std::move(pod));
  }
}

MiB TrialCluster::SizeOf(const kube::PodObject& pod) const {
  const cluster::PodRequest request = Read(pod);
  if (request.demand_by_model) {
    return device_memory_;
  }
  MiB size;
  for (const cluster::WholeDevices& whole : request.demand.whole) {
    size += device_memory_ * whole.count;
  }
  if (const auto& share = request.demand.share) {
    size += (share->exclusive() ? device_memory_ : share->memory) * share->count;
  }
  return size;
}

const std::vector<bool>& TrialCluster::NodesAllowedBy(const kube::PodObject& pod) {
  const auto [at, is_new] = allowed_.try_emplace(pod.uid);
  if (is_new) {
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    at->second.resize(snapshot->size());
    for (const kube::NodeObject& node : nodes_) {
      if (const auto index = snapshot->Find(node.name)) {
        at->second[*index] = kube::MayRunOn(pod.constraints, node.name, node.labels, node.taints);
      }
    }
  }
  return at->second;
}

template <typename Wanted>
TrialCluster::Judged TrialCluster::JudgeWhere(const kube::PodObject& pod, Wanted wanted) {
  cluster::PodRequest request = store_.Read(pod);
  const std::vector<bool>& allowed = NodesAllowedBy(pod);
  state::Store::Offer offer = store_.NodesFor(request);
  std::erase_if(offer.nodes, [&](cluster::NodeIndex node) {
    return !allowed[node] || !wanted(offer.snapshot->facts(node)->name);
  });
  core::Decision decision = core::Decide(
      *offer.snapshot, request, core::ProfileOf(profiles_, request).policy, offer.nodes, {});
  return {.request = std::move(request),
          .snapshot = std::move(offer.snapshot),
          .decision = std::move(decision)};
}

TrialCluster::Judged TrialCluster::JudgeAll(const kube::PodObject& pod) {
  return JudgeWhere(pod, [](std::string_view /*node*/) { return true; });
}

Docking TrialCluster::Take(const Judged& judged) {
  const auto& [pod, snapshot, decision] = judged;
  if (decision.best < 0) {
    return {.reason = MainReason(decision)};
  }
  const core::NodeDecision& best = decision.nodes[static_cast<std::size_t>(decision.best)];
  const cluster::NodeFacts& facts = *snapshot->facts(best.node);
  store_.Meet(pod);
  Result<state::Assumption> taken =
      store_.Assume(pod.uid, facts.name, best.devices, TakingOf(decision, best, pod));
  if (!taken.ok()) {
    return {.reason = taken.error().message};
  }
  const cluster::DeviceSet devices = taken->devices();
  std::move(*taken).Keep();
  return {.node = facts.name, .devices = DeviceIds(facts, devices), .cost = best.cost};
}

std::vector<std::string> TrialCluster::Choices(const kube::PodObject& pod) {
  const Judged judged = JudgeAll(pod);
  std::vector<core::NodeDecision> fitting;
  std::ranges::copy_if(judged.decision.nodes, std::back_inserter(fitting),
                       &core::NodeDecision::fits);
  std::ranges::sort(fitting, [&](const core::NodeDecision& a, const core::NodeDecision& b) {
    return core::Better(*judged.snapshot, a, b);
  });
  std::vector<std::string> names;
  names.reserve(fitting.size());
  for (const core::NodeDecision& node : fitting) {
    names.push_back(judged.snapshot->facts(node.node)->name);
  }
  return names;
}

Docking TrialCluster::Dock(const kube::PodObject& pod) { return Take(JudgeAll(pod)); }

Docking TrialCluster::DockOn(const kube::PodObject& pod, std::string_view node) {
  return Take(JudgeWhere(pod, [node](std::string_view other) { return other == node; }));
}

}  // namespace berth::sim
