#include "resources_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "berth/observe/resources.h"
#include "node_resources.h"

namespace berth::server {

std::string ResourcesPage(const cluster::Snapshot& snapshot) {
  using observe::NodeResources;
  std::vector<std::pair<std::uint32_t, NodeResources>> nodes;  // by place in name order
  for (cluster::NodeIndex i = 0; i < snapshot.size(); ++i) {
    if (const auto sums = SumsOf(snapshot, i)) {
      nodes.emplace_back(snapshot.names().rank(i), sums->resources);
    }
  }
  std::ranges::sort(nodes, {}, &std::pair<std::uint32_t, NodeResources>::first);
  std::vector<NodeResources> ordered;
  ordered.reserve(nodes.size());
  for (const auto& [rank, node] : nodes) {
    ordered.push_back(node);
  }
  return observe::RenderResources(ordered);
}

}  // namespace berth::server
