#include "berth_packer.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

#include "berth/base/check.h"
#include "berth/cluster/product.h"

namespace berth::sim {
namespace {

constexpr Percent kAllCores{100};

// Berth tells equal nodes apart by name, so names are ranks.
std::string NameOf(std::uint32_t rank) { return fmt::format("node-{:010}", rank); }
std::string UidOf(const Arrival& arrival) { return fmt::format("uid-{:010}", arrival.event); }

VirtualNode NodeOf(const TraceNode& node, std::uint32_t rank) {
  VirtualNode made{.name = NameOf(rank),
                   .devices = node.devices,
                   .device_memory = MiB(kWholeDevice.count()),
                   .cpu = node.cpu,
                   .memory = ToBytes(node.memory)};
  if (!node.model.empty()) {
    made.product = node.model;
  }
  return made;
}

cluster::PodRequest RequestOf(const TracePod& pod, const Arrival& arrival) {
  cluster::PodRequest request{.ns = "trace",
                              .name = fmt::format("pod-{:010}", arrival.event),
                              .uid = UidOf(arrival),
                              .cpu = pod.cpu,
                              .memory = ToBytes(pod.memory)};
  if (pod.devices == 0) {
    return request;
  }
  cluster::DeviceShare share{.count = pod.devices};
  if (pod.share == kWholeDevice) {
    share.cores = kAllCores;
  } else {
    share.memory = MiB(pod.share.count());
  }
  request.demand.share = share;
  for (const std::string& model : pod.models) {
    request.accelerators.push_back(cluster::LowerCase(model));
  }
  return request;
}

// All pods of the trace, and nothing that docks.
state::TypicalPods AllPodsOf(const ReplayWorld& world) {
  std::map<cluster::PodClass, double> counts;
  for (const TracePod& pod : world.setup.pods) {
    cluster::PodRequest request = RequestOf(pod, {});
    if (!request.demand.empty()) {
      ++counts[{.demand = std::move(request.demand),
                .accelerators = std::move(request.accelerators),
                .cpu = request.cpu}];
    }
  }
  state::TypicalPods typical{.learn = false, .pods = {}};
  for (const auto& [pods, count] : counts) {
    typical.pods.push_back({.pods = pods, .count = count});
  }
  return typical;
}

}  // namespace

BerthPacker::BerthPacker(const ReplayWorld& world, const core::Policy& policy)
    : world_(world), policy_(policy), memos_(world.shapes.shapes.size()) {
  const auto nodes = world.setup.nodes;
  for (std::size_t row = 0; row < nodes.size(); ++row) {
    cluster_.AddNode(NodeOf(nodes[row], world.setup.ranks[row]));
  }
  if (policy.goes_by_demand() && world.setup.foresight == Foresight::kTrace) {
    cluster_.SetTypicalPods(AllPodsOf(world));
  }
  const cluster::SnapshotPtr snapshot = cluster_.snapshot();
  rows_.resize(nodes.size());
  for (std::size_t row = 0; row < nodes.size(); ++row) {
    const auto index = snapshot->Find(NameOf(world.setup.ranks[row]));
    BERTH_CHECK(index.has_value());
    rows_[*index] = static_cast<cluster::NodeIndex>(row);
  }
}

std::optional<Spot> BerthPacker::Place(const Arrival& arrival) {
  const cluster::PodRequest pod = RequestOf(world_.setup.pods[arrival.pod], arrival);
  const state::Store::Offer offer = cluster_.NodesFor(pod);
  std::unique_ptr<core::DecisionMemo>& memo = memos_[world_.shapes.of_pod[arrival.pod]];
  if (memo == nullptr || !memo->Serves(pod, policy_, offer.snapshot->outlook())) {
    memo = std::make_unique<core::DecisionMemo>(pod, policy_, offer.snapshot->outlook());
  }
  const core::Decision decision =
      core::Decide(*offer.snapshot, pod, policy_, offer.nodes, {}, memo.get());
  if (decision.best < 0) {
    return std::nullopt;
  }
  const core::NodeDecision& best = decision.nodes[static_cast<std::size_t>(decision.best)];
  const Status docked = cluster_.Dock(pod, offer.snapshot->names().name(best.node), best.devices);
  BERTH_CHECK(docked.ok());  // room that was offered is there
  return Spot{.node = rows_[best.node], .devices = best.devices};
}

void BerthPacker::Leave(const Arrival& arrival, const Spot& /*spot*/) {
  cluster_.Leave(UidOf(arrival));
}

}  // namespace berth::sim
