// Kubernetes' NodeSelector, as the nodeAffinity of a PersistentVolume has it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/kube/json_cursor.h"

namespace berth::inventory {

struct NodeRequirement {
  enum class Operator : std::uint8_t { kIn, kNotIn, kExists, kDoesNotExist, kGreater, kLess };

  std::string key;  // of a label; empty: the node's name
  Operator op = Operator::kIn;
  std::vector<std::string> values;

  friend bool operator==(const NodeRequirement&, const NodeRequirement&) = default;
};

// One of the terms must match, and of it every requirement. No term, or one without requirements,
// matches nothing. Source: component-helpers `nodeaffinity`.
struct NodeSelector {
  std::vector<std::vector<NodeRequirement>> terms;

  using LabelOf = std::function<std::optional<std::string_view>(std::string_view key)>;
  bool Matches(std::string_view node, const LabelOf& label) const;

  friend bool operator==(const NodeSelector&, const NodeSelector&) = default;
};

// Consumes a NodeSelector. False, with the cursor's failure: malformed, or an unknown operator.
bool DecodeNodeSelector(kube::Cursor& json, NodeSelector& selector);

}  // namespace berth::inventory
