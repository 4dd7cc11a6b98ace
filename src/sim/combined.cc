// combined: Berth's own decision, the function that answers kube-scheduler, under the profile
// `latency` with tight packing.
#include "berth/core/decide.h"
#include "placers.h"

namespace berth::sim {

Placer MakeCombined(std::uint64_t /*seed*/) {
  return [policy = core::Policy{.node_packing = core::Packing::kTight,
                                .device_packing = core::Packing::kTight}](
             const cluster::Snapshot& snapshot,
             const cluster::PodRequest& pod) -> std::optional<Spot> {
    const core::Decision decision =
        core::Decide(snapshot, pod, policy, core::AllNodes(snapshot), {});
    if (decision.best < 0) {
      return std::nullopt;
    }
    const core::NodeDecision& best = decision.nodes[static_cast<std::size_t>(decision.best)];
    return Spot{.node = best.node, .devices = best.devices};
  };
}

}  // namespace berth::sim
