#include "resources_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "berth/observe/resources.h"
#include "node_resources.h"

namespace berth::server {

std::string ResourcesPage(const cluster::Snapshot& snapshot, bool per_device) {
  using observe::NodeResources;
  std::vector<std::pair<cluster::NodeIndex, NodeResources>> nodes;
  for (cluster::NodeIndex i = 0; i < snapshot.size(); ++i) {
    if (const auto sums = SumsOf(snapshot, i)) {
      nodes.emplace_back(i, sums->resources);
    }
  }
  std::ranges::sort(nodes, {},
                    [&](const auto& entry) { return snapshot.names().rank(entry.first); });
  std::vector<NodeResources> ordered;
  ordered.reserve(nodes.size());
  std::vector<observe::DeviceResources> devices;
  for (const auto& [index, node] : nodes) {
    if (per_device) {
      AppendDevices(snapshot, index, ordered.size(), devices);
    }
    ordered.push_back(node);
  }
  return observe::RenderResources(ordered, devices);
}

}  // namespace berth::server
