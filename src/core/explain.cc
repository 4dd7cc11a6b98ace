#include "berth/core/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "berth/cluster/room.h"
#include "berth/core/scorer.h"

namespace berth::core {
namespace {

using cluster::DeviceShare;
using cluster::NodeRow;
using cluster::PodRequest;
using cluster::Snapshot;

struct Rows {
  NodeRow row;
  cluster::HostRow host;
};

// The rows that were judged: a contended node fits only without the expected pods.
Rows JudgedRows(const Snapshot& snapshot, std::span<const Expectation> expectations,
                const NodeDecision& node) {
  Rows rows{.row = snapshot.row(node.node), .host = snapshot.host(node.node)};
  if (!node.contended) {
    for (const Expectation& expected : expectations) {
      if (expected.node == node.node) {
        cluster::Charge(rows.row, expected.demand, expected.devices);
        rows.host.cpu -= expected.cpu;
      }
    }
  }
  return rows;
}

std::string MissingMemory(const NodeRow& row, const DeviceShare& share) {
  std::vector<std::int32_t> free;
  row.usable.ForEach(
      [&](int device) { free.push_back(row.free_memory[static_cast<unsigned>(device)]); });
  std::ranges::sort(free, std::ranges::greater{});
  const auto count = static_cast<std::size_t>(share.count);
  const std::int32_t best = free.size() < count ? 0 : free[count - 1];
  if (share.count == 1) {
    return fmt::format("needs {} MiB on a device, the best has {} MiB", share.memory.count(), best);
  }
  return fmt::format("needs {} MiB on each of {} devices, the best {} have {} MiB",
                     share.memory.count(), share.count, share.count, best);
}

std::string MissingCores(const NodeRow& row, const DeviceShare& share) {
  const DeviceShare memory_only{.memory = share.memory, .count = share.count};
  int best = 0;
  cluster::Roomy(row, memory_only).ForEach([&](int device) {
    best = std::max(best, static_cast<int>(row.free_cores[static_cast<unsigned>(device)]));
  });
  return fmt::format("needs {} % of a device's compute, the best with enough memory has {} %",
                     share.cores.count(), best);
}

std::string MissingDevices(const NodeRow& row, const cluster::DeviceDemand& demand) {
  if (demand.share) {
    return fmt::format("needs {} devices, the node has {}", demand.share->count, row.usable.size());
  }
  for (const cluster::WholeDevices& wanted : demand.whole) {
    const cluster::WholeRoom* room = cluster::FindClass(row, wanted.device_class);
    if (room != nullptr && room->free < wanted.count) {
      return fmt::format("needs {} devices, {} of {} are free", wanted.count,
                         std::max<int>(room->free, 0), room->capacity);
    }
  }
  return std::string(Text(Reason::kDevices));
}

std::vector<std::string_view> UnmetRequirements(const Snapshot& snapshot,
                                                const cluster::NodeFacts& facts,
                                                const PodRequest& pod) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < snapshot.requirements().size(); ++i) {
    if (((pod.requirements & ~facts.requirements_met) >> i & 1U) != 0) {
      names.push_back(snapshot.requirements()[i]);
    }
  }
  return names;
}

std::string Missing(const Snapshot& snapshot, const PodRequest& pod, const NodeRow& row,
                    const NodeDecision& node, const cluster::DeviceDemand& demand,
                    const cluster::ModelVariant* variant) {
  const cluster::NodeFacts* facts = snapshot.facts(node.node);
  switch (node.reason) {
    case Reason::kDeviceMemory:
      if (demand.share) {
        return MissingMemory(row, *demand.share);
      }
      return fmt::format("needs devices of {} MiB, the node's have {} MiB",
                         variant != nullptr ? variant->memory.count() : 0,
                         facts->whole_memory.count());
    case Reason::kDeviceCores:
      return MissingCores(row, demand.share.value_or(cluster::DeviceShare()));
    case Reason::kDevices:
      return MissingDevices(row, demand);
    case Reason::kRequirement:
      return fmt::format("it does not meet {}",
                         fmt::join(UnmetRequirements(snapshot, *facts, pod), ", "));
    case Reason::kAccelerator:
      return fmt::format("its devices are {}",
                         facts->product.empty() ? "of unknown make" : facts->product);
    case Reason::kNodeMixed:
    case Reason::kNodeInvalid:
    case Reason::kNodeForeign:
      return facts->problem;
    default:
      return std::string(Text(node.reason));
  }
}

NodeCost CostOf(const Scorer& scorer, const Cycle& cycle) {
  return cycle.pod.demand.empty() ? scorer.PrepareHost(cycle) : scorer.Prepare(cycle);
}

// Variants that would fit the node were the pod or its profile content with them.
std::vector<std::string> OthersThatFit(const Snapshot& snapshot, const PodRequest& pod,
                                       const Policy& policy,
                                       std::span<const Expectation> expectations,
                                       const Decision& decision, cluster::NodeIndex node) {
  std::vector<std::string> names;
  if (decision.model == nullptr) {
    return names;
  }
  Policy lenient = policy;
  lenient.min_quality = 0;
  PodRequest asked = pod;
  for (const cluster::ModelVariant& variant : decision.model->variants) {
    asked.variant = variant.name;
    if (Decide(snapshot, asked, lenient, {&node, 1}, expectations).fitting > 0) {
      names.push_back(variant.name);
    }
  }
  return names;
}

}  // namespace

NodeExplanation Explain(const Snapshot& snapshot, const PodRequest& pod, const Policy& policy,
                        std::span<const Expectation> expectations, const Decision& decision,
                        std::size_t position) {
  const NodeDecision& node = decision.nodes[position];
  const cluster::ModelVariant* variant = decision.VariantOf(node);
  PodRequest asked = pod;
  asked.demand = DemandWith(pod, variant);
  const auto [row, host] = JudgedRows(snapshot, expectations, node);
  NodeExplanation explanation;
  if (!node.fits()) {
    explanation.miss = Missing(snapshot, pod, row, node, asked.demand, variant);
    const auto others = OthersThatFit(snapshot, pod, policy, expectations, decision, node.node);
    if (!others.empty()) {
      explanation.miss += fmt::format("; {} would fit", fmt::join(others, ", "));
    }
    return explanation;
  }
  if (!decision.scored) {
    return explanation;
  }
  const Cycle cycle{.snapshot = snapshot,
                    .pod = asked,
                    .policy = policy,
                    .expectations = expectations,
                    .variant = variant};
  const NodeView view{.row = row,
                      .host = host,
                      .index = node.node,
                      .roomy = asked.demand.share ? cluster::Roomy(row, *asked.demand.share)
                                                  : cluster::DeviceSet()};
  for (const auto& scorer : Scorers()) {
    const double weight = scorer->WeightOf(cycle);
    Term term{.scorer = scorer->name(), .unit = scorer->unit(), .weight = weight};
    const NodeCost cost = weight > 0 ? CostOf(*scorer, cycle) : NodeCost();
    if (!cost && asked.demand.empty()) {
      continue;
    }
    if (cost) {
      const Cost price = cost(view, node.devices);
      term.raw = price.raw;
      term.normalised = price.normalised;
    } else {
      term.weight = 0;
    }
    term.sentence = scorer->Explain(cycle, view, node.devices);
    term.points = std::llround(100.0 * (1.0 - term.normalised));
    explanation.terms.push_back(std::move(term));
  }
  return explanation;
}

}  // namespace berth::core
