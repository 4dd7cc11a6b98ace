// A YAML document as a tree of values that know their place, for the small files that people write:
// the configuration, kube-scheduler's, a kubeconfig.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/config/complaint.h"
#include "scalar.h"

namespace berth::config {

struct Node;
using NodePtr = std::shared_ptr<const Node>;  // an alias shares what its anchor names

struct Entry {
  std::string key;
  int line = 1;
  int column = 1;
  NodePtr value;
};

struct Node {
  enum class Kind : std::uint8_t { kScalar, kList, kMap };

  Kind kind = Kind::kScalar;
  int line = 1;
  int column = 1;
  Scalar scalar;               // kScalar
  std::string text;            // kScalar: as written, unquoted
  std::vector<NodePtr> items;  // kList
  std::vector<Entry> entries;  // kMap: in the order of the text, duplicates included

  bool is_null() const { return kind == Kind::kScalar && std::holds_alternative<Null>(scalar); }
  // The first entry of that name, unless null. nullptr when this is no map.
  const Node* Find(std::string_view key) const;
  // The text of that scalar entry; empty when it is absent, null or no scalar.
  std::string_view Text(std::string_view key) const;
  // True when the entry is the boolean true.
  bool IsTrue(std::string_view key) const;
};

// "a list", "a map", or the scalar's type.
std::string_view TypeName(const Node& node);

struct Documents {
  std::vector<NodePtr> documents;  // those with content
  std::vector<Complaint> complaints;
};

// Merge keys (`<<`) are not resolved, they appear as keys.
Documents ReadDocuments(std::string_view text);

}  // namespace berth::config
