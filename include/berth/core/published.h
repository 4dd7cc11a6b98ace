// What the published packing policies give for a node, as their runs compute it ("Beware of
// Fragmentation", USENIX ATC 2023): 0..kMostPoints, more is better, cut to whole points. The
// simulator's policies and Berth's packings of the same names share them.
#pragma once

#include "berth/base/units.h"

namespace berth::core {

inline constexpr int kMostPoints = 100;

// By which room is made a share where CPU and devices are added up: the largest node of the
// published trace.
inline constexpr Millicores kLargestCpu{128'000};
inline constexpr double kLargestDevices = 8;

// CPU and devices, parts of them added up. Below cpu' and devices' are shares of the largest
// node's.
struct HostAndDevices {
  Millicores cpu;
  double devices = 0;
};

// 100 (1 - (cpu' + devices') / 2): the node where least is left. Below 0 where more is left than
// the largest node has.
int BestFitPoints(const HostAndDevices& left);

// 100 (1 - (free cpu' x asked cpu' + free devices' x asked devices') / 2): the node whose free room
// and the pod's demand have the smallest product (Tetris: Grandl et al., SIGCOMM 2014, turned round
// as the published runs have it).
int DotProductPoints(const HostAndDevices& free, const HostAndDevices& asked);

// 100 / (1 + e^-x): the node whose room typical pods lose least of. x is fragments before less
// fragments after, in devices and in the mean of typical pods. Whole points are part of the policy:
// finer ones do worse.
int FgdPoints(double fewer_fragments);

}  // namespace berth::core
