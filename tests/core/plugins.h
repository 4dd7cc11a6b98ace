// One filter or scorer by its name, asked about one node.
#pragma once

#include <algorithm>
#include <string_view>

#include "berth/base/check.h"
#include "berth/cluster/room.h"
#include "berth/core/filter.h"
#include "berth/core/scorer.h"

namespace berth::core {

template <typename Plugins>
const auto& Named(const Plugins& plugins, std::string_view name) {
  const auto at = std::ranges::find_if(plugins, [&](const auto& p) { return p->name() == name; });
  BERTH_CHECK(at != plugins.end());
  return **at;
}

inline NodeView ViewOf(const cluster::Snapshot& snapshot, const cluster::PodRequest& pod,
                       cluster::NodeIndex node) {
  const cluster::NodeRow& row = snapshot.row(node);
  return {
      .row = row,
      .host = snapshot.host(node),
      .index = node,
      .roomy = pod.demand.share ? cluster::Roomy(row, *pod.demand.share) : cluster::DeviceSet()};
}

// A filter that has nothing to say about the pod passes every node.
inline Reason Ask(std::string_view filter, const cluster::Snapshot& snapshot,
                  const cluster::PodRequest& pod, cluster::NodeIndex node = 0) {
  const Policy policy;
  const NodeCheck check =
      Named(Filters(), filter)
          .Prepare({.snapshot = snapshot, .pod = pod, .policy = policy, .expectations = {}});
  return check ? check(ViewOf(snapshot, pod, node)) : Reason::kFits;
}

inline Cost Price(std::string_view scorer, const cluster::Snapshot& snapshot,
                  const cluster::PodRequest& pod, Packing packing,
                  cluster::DeviceSet chosen = cluster::DeviceSet(1), cluster::NodeIndex node = 0) {
  const Policy policy{.node_packing = packing, .device_packing = packing};
  return Named(Scorers(), scorer)
      .Prepare({.snapshot = snapshot, .pod = pod, .policy = policy, .expectations = {}})(
          ViewOf(snapshot, pod, node), chosen);
}

}  // namespace berth::core
