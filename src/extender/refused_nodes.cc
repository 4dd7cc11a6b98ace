#include "refused_nodes.h"

#include <algorithm>
#include <cstddef>

namespace berth::extender {

using core::Reason;

RefusedNodes CountRefused(const core::Decision& decision) {
  RefusedNodes refused{};
  for (const core::NodeDecision& node : decision.nodes) {
    if (!node.fits()) {
      ++refused[static_cast<std::size_t>(node.reason)];
    }
  }
  return refused;
}

Reason Nearest(const RefusedNodes& refused) {
  for (const Reason reason :
       {Reason::kDeviceCores, Reason::kDeviceMemory, Reason::kDevices, Reason::kAccelerator,
        Reason::kNoDevices, Reason::kRequirement, Reason::kNodeInvalid, Reason::kNodeMixed,
        Reason::kNodeForeign, Reason::kNodeUnknown}) {
    if (refused[static_cast<std::size_t>(reason)] > 0) {
      return reason;
    }
  }
  // A fault of the pod itself: the same on every node.
  const auto at = std::ranges::find_if(refused, [](std::uint64_t nodes) { return nodes > 0; });
  return at == refused.end() ? Reason::kNoDevices : static_cast<Reason>(at - refused.begin());
}

}  // namespace berth::extender
