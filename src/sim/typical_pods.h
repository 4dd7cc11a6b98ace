// The pods that may come next, and how much of a node's idle devices is of no use to them:
// fragmentation as "Beware of Fragmentation" (USENIX ATC 2023) defines it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "berth/sim/replay.h"
#include "node_room.h"
#include "shapes.h"

namespace berth::sim {

// A class of pods: how many of the trace are alike but for memory, which is never scored.
struct TypicalPod {
  PodShape shape;  // memory 0
  std::int64_t count = 0;
};

// The most frequent classes that make up 95 % of the pods, most frequent first. Classes are told
// apart by the spec of their models as it is written.
std::vector<TypicalPod> TypicalPodsOf(std::span<const TracePod> pods, const Shapes& shapes);

// Fragments of a node, summed over typical pods: millidevices that one of them cannot use, times
// how often it comes. Counts are whole numbers, so that sums are exact.
//
//   fragments = idle x weight - sum over classes that the node accepts, and has the CPU for, of
//               count x (idle on devices with room for a share; on none for a pod of several
//               devices where they are too few)
//
// One look-up a device, for the sums over classes are kept by model, CPU and share. Immutable.
class Fragmentation {
 public:
  Fragmentation(std::span<const TypicalPod> typical, std::size_t models);

  std::int64_t Of(const NodeRoom& room) const;
  // Of all classes; fragments / weight is the mean over typical pods.
  std::int64_t weight() const { return weight_; }

 private:
  // Counts of the classes that have the CPU they ask, added up.
  struct Level {
    std::vector<std::int64_t> one;              // with a share of rank up to i of one device
    std::array<std::int64_t, kUses> several{};  // with two to i whole devices
  };

  Level LevelOf(std::span<const TypicalPod> typical, ModelId model, Millicores cpu) const;

  std::int64_t weight_ = 0;
  std::vector<Millicores> cpus_;      // that classes ask, growing; less than the first serves none
  std::vector<Millidevices> shares_;  // of one device, same
  std::array<std::uint16_t, kWholeDevice.count() + 1> share_rank_{};  // by what a device has free
  std::vector<std::vector<Level>> levels_;  // by model, then rank of the CPU
};

// Millidevices times count, by IdleUse.
using IdleSplit = std::array<std::int64_t, kIdleUses>;

// All but kUsable are the fragments.
IdleSplit SplitOf(std::span<const TypicalPod> typical, const NodeRoom& room);

}  // namespace berth::sim
