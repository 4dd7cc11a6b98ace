// An upper bound for packing problems: what no placement of pods on nodes surpasses.
//
// Pods are cut into pieces that go into bins: shares into devices, a pod's whole devices into the
// node that has them. What holds for every placement is kept of each bin by itself (the pieces in
// it are no larger than it is) and of each group of nodes as a whole (CPU, memory, ...); what ties
// bins together, that pieces of one pod go to one node and to distinct devices, is let go.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace berth::sim {

enum class Resource : std::uint8_t { kCpu, kMemory, kPods, kDeviceCores };
inline constexpr std::size_t kResources = 4;
using Amounts = std::array<std::int64_t, kResources>;  // by Resource, each in a unit of its own

// Pods that are alike.
struct PieceClass {
  std::int64_t pods = 0;
  std::int64_t size = 0;    // of one pod: what is added up, above 0
  int bin_kind = 0;         // its pieces go into bins of this kind
  std::int64_t pieces = 1;  // of one pod
  std::int64_t weight = 0;  // of a piece
  bool fills_bin = false;   // a piece takes an unused bin for itself, whatever its weight
  Amounts needs{};          // of one pod
};

struct Bin {
  int kind = 0;
  std::int64_t room = 0;
  bool unused = false;

  friend auto operator<=>(const Bin&, const Bin&) = default;
};

// Nodes on which the same classes may go.
struct NodeGroup {
  struct Class {
    std::size_t position = 0;
    std::int64_t most = 0;  // pods that the nodes would take if there were no others
  };
  std::vector<Class> classes;
  std::map<Bin, std::int64_t> bins;  // how many there are of each
  Amounts has{};                     // together
};

struct Relaxation {
  std::vector<PieceClass> classes;
  std::vector<NodeGroup> groups;
};

// At least the size of whatever can be placed. `reached` is what is known to be possible: the
// search for a smaller bound ends there.
std::int64_t UpperBound(const Relaxation& relaxation, std::int64_t reached);

}  // namespace berth::sim
