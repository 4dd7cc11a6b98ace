// Node names to indices, and back to text that is ready for the wire.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/cluster/node.h"

namespace berth::cluster {

// Immutable. An open-addressing table over names that lie behind each other in one text, so that a
// scan in index order reads memory in order. Longest probe is bounded by construction: an unlucky
// table is built again with another seed.
class NameTable {
 public:
  // names[i] belongs to index i; an empty name marks a free index.
  explicit NameTable(const std::vector<std::string_view>& names);

  std::optional<NodeIndex> Find(std::string_view name) const;

  NodeIndex size() const { return static_cast<NodeIndex>(spans_.size()); }
  std::string_view name(NodeIndex i) const { return Text(i).substr(1, spans_[i].length - 2U); }
  std::string_view quoted(NodeIndex i) const { return Text(i); }  // "\"gpu-a-1\"", JSON-escaped

  // Position of the name among all names in byte order: ties are broken by it.
  std::uint32_t rank(NodeIndex i) const { return rank_[i]; }

 private:
  struct Span {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;  // with both quotes; 0: free
  };
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t index_plus_one = 0;  // 0: empty
  };

  std::string_view Text(NodeIndex i) const {
    return std::string_view(text_).substr(spans_[i].offset, spans_[i].length);
  }
  bool Fill();

  std::string text_;
  std::vector<Span> spans_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> rank_;
  std::uint64_t seed_ = 0;
};

}  // namespace berth::cluster
