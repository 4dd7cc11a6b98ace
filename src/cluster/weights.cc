#include "berth/cluster/weights.h"

namespace berth::cluster {

const WeightTable& WeightTable::Nothing() {
  static const WeightTable kNothing = [] {
    WeightTable table;
    table.rates.emplace_back();
    return table;
  }();
  return kNothing;
}

const WeightTable::Copies& WeightTable::Find(const std::string& source) const {
  static const Copies kNone;
  const auto at = copies.find(source);
  return at == copies.end() ? kNone : at->second;
}

const NodeLoading& WeightTable::loading(NodeIndex node) const {
  static const NodeLoading kIdle;
  return node < nodes.size() ? nodes[node] : kIdle;
}

}  // namespace berth::cluster
