// Node names to indices, and back to text that is ready for the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/cluster/node.h"

namespace berth::cluster {

// Immutable. An open-addressing table over names that lie behind each other in one text, so that a
// scan in index order reads memory in order. An unlucky table is built again with another seed, so
// that no name is far from its slot.
class NameTable {
 public:
  // names[i] belongs to index i, each to one; an empty name marks a free index.
  explicit NameTable(const std::vector<std::string_view>& names);

  std::optional<NodeIndex> Find(std::string_view name) const;

  NodeIndex size() const { return static_cast<NodeIndex>(spans_.size()); }
  std::string_view name(NodeIndex i) const;                       // empty: free
  std::string_view quoted(NodeIndex i) const { return Text(i); }  // "\"gpu-a-1\"", JSON-escaped

  // Position of the name among all names in byte order: ties are broken by it.
  std::uint32_t rank(NodeIndex i) const { return rank_[i]; }

 private:
  struct Span {
    std::uint32_t offset = 0;
    std::uint32_t length : 31 = 0;  // with both quotes; 0: free
    std::uint32_t escaped : 1 = 0;  // the name itself is in escaped_
  };
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t index_plus_one = 0;  // 0: empty
  };

  std::string_view Text(NodeIndex i) const {
    return {text_.data() + spans_[i].offset, spans_[i].length};
  }
  bool Fill(std::uint32_t max_probes);

  std::string text_;
  std::vector<Span> spans_;
  std::vector<std::pair<NodeIndex, std::string>> escaped_;  // names that quoting changed, by index
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> rank_;
  std::uint64_t seed_ = 0;
};

}  // namespace berth::cluster
