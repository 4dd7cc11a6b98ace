#include <algorithm>
#include <cstddef>

#include "berth/cluster/snapshot.h"

namespace berth::cluster {
namespace {

constexpr float kUnknownLoad = 0.5F;

bool SameNode(const NameTable& before, const NameTable& now, NodeIndex node) {
  return node < before.size() && node < now.size() && before.quoted(node) == now.quoted(node);
}

LoadTable Rebase(const LoadTable& table, std::shared_ptr<const NameTable> names) {
  NodeLoad unknown;
  unknown.load.fill(kUnknownLoad);
  LoadTable rebased{.nodes = std::vector<NodeLoad>(names->size(), unknown),
                    .fresh_share = table.fresh_share};
  for (NodeIndex i = 0; i < names->size() && i < table.nodes.size(); ++i) {
    if (SameNode(*table.names, *names, i)) {
      rebased.nodes[i] = table.nodes[i];
    }
  }
  rebased.names = std::move(names);
  return rebased;
}

WeightTable Rebase(const WeightTable& table, std::shared_ptr<const NameTable> names) {
  WeightTable rebased = table;
  for (NodeIndex i = 0; i < rebased.nodes.size(); ++i) {
    if (!SameNode(*table.names, *names, i)) {
      rebased.nodes[i] = {};
    }
  }
  for (auto& [source, copies] : rebased.copies) {
    std::erase_if(
        copies, [&](const WeightCopy& copy) { return !SameNode(*table.names, *names, copy.node); });
  }
  rebased.names = std::move(names);
  return rebased;
}

}  // namespace

Outlook Rebased(Outlook outlook, const std::shared_ptr<const NameTable>& names) {
  if (outlook.loads != nullptr && outlook.loads->names != names) {
    outlook.loads = std::make_shared<const LoadTable>(Rebase(*outlook.loads, names));
  }
  if (outlook.weights != nullptr && outlook.weights->names != names) {
    outlook.weights = std::make_shared<const WeightTable>(Rebase(*outlook.weights, names));
  }
  return outlook;
}

}  // namespace berth::cluster
