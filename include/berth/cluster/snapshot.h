// The cluster at one moment. Immutable, shared by the requests that started while it was current.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/cluster/catalog.h"
#include "berth/cluster/demand.h"
#include "berth/cluster/names.h"
#include "berth/cluster/node.h"
#include "berth/cluster/node_load.h"
#include "berth/cluster/weights.h"

namespace berth::cluster {

// Nodes live in blocks, so that publishing a change copies one block and a list of pointers, not
// the cluster.
inline constexpr NodeIndex kBlockSize = 64;

struct RowBlock {
  std::array<NodeRow, kBlockSize> rows{};
  std::array<HostRow, kBlockSize> hosts{};
};
struct FactsBlock {
  std::array<std::shared_ptr<const NodeFacts>, kBlockSize> facts{};
};

// What is known beyond nodes and pods. Each part may be absent: then nothing is known of it.
struct Outlook {
  std::shared_ptr<const Catalog> catalog;
  std::shared_ptr<const LoadTable> loads;
  std::shared_ptr<const WeightTable> weights;
  std::shared_ptr<const Demand> demand;

  friend bool operator==(const Outlook&, const Outlook&) = default;  // the very same parts
};

// The tables as far as they speak of the nodes that `names` names: an index may stand for another
// node by now. Of nodes that the tables do not know, the load is taken for one half.
Outlook Rebased(Outlook outlook, const std::shared_ptr<const NameTable>& names);

class Snapshot {
 public:
  struct Parts {
    std::uint64_t version = 0;  // grows with every change
    std::shared_ptr<const NameTable> names;
    std::vector<std::shared_ptr<const RowBlock>> rows;
    std::vector<std::shared_ptr<const FactsBlock>> facts;
    std::shared_ptr<const std::vector<std::string>> products;  // lower case; [0] is "", unknown
    std::shared_ptr<const std::vector<std::string>> zones;     // [0] is "", unknown
    // "zone/rack": a rack is within a zone, and its nodes without a label are one too. [0] is "".
    std::shared_ptr<const std::vector<std::string>> racks;
    std::shared_ptr<const std::vector<std::string>> requirements;  // by RequirementSet's bits
    Outlook outlook;
  };
  explicit Snapshot(Parts parts) : parts_(std::move(parts)) {}

  std::uint64_t version() const { return parts_.version; }
  NodeIndex size() const { return parts_.names->size(); }  // indices, free ones included
  std::optional<NodeIndex> Find(std::string_view name) const { return parts_.names->Find(name); }
  const NameTable& names() const { return *parts_.names; }
  std::shared_ptr<const NameTable> names_ptr() const { return parts_.names; }
  // Rows of the nodes block * kBlockSize and on. The same block is the same rows, in whichever
  // snapshot.
  const std::shared_ptr<const RowBlock>& row_block(NodeIndex block) const {
    return parts_.rows[block];
  }
  const NodeRow& row(NodeIndex i) const {
    return parts_.rows[i / kBlockSize]->rows[i % kBlockSize];
  }
  const HostRow& host(NodeIndex i) const {
    return parts_.rows[i / kBlockSize]->hosts[i % kBlockSize];
  }
  // nullptr for a free index.
  const NodeFacts* facts(NodeIndex i) const {
    return parts_.facts[i / kBlockSize]->facts[i % kBlockSize].get();
  }
  std::shared_ptr<const NodeFacts> facts_ptr(NodeIndex i) const {
    return parts_.facts[i / kBlockSize]->facts[i % kBlockSize];
  }
  const std::vector<std::string>& products() const { return *parts_.products; }
  const std::vector<std::string>& zones() const { return *parts_.zones; }
  const std::vector<std::string>& requirements() const { return *parts_.requirements; }
  const std::vector<std::string>& racks() const { return *parts_.racks; }
  const Outlook& outlook() const { return parts_.outlook; }

 private:
  Parts parts_;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace berth::cluster
