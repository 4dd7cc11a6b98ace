// What a part of a device is worth to the pods that share devices.
#pragma once

#include <array>
#include <vector>

namespace berth::cluster {

// Devices are valued in hundredths: the grain in which pods ask for compute.
inline constexpr int kParts = 100;

// So many shares of one size, or so often.
struct ShareCount {
  int parts = 0;  // 1..kParts-1
  double count = 0;
};

// By the parts that are free; in devices. Never falls, [0] is 0 and [kParts] is 1.
using ResidualWorth = std::array<float, kParts + 1>;

// Cutting stock: the fewest devices that hold the shares are found as a linear program over
// patterns of sizes that fill a device (Gilmore and Gomory, 1961). Its duals say which part of a
// device a share of each size takes up, gaps that nothing fills included: where most shares are of
// 81 parts, one of them takes the device, and 19 parts are worth nothing. What is free is worth the
// shares that it could still take, so two pieces are never worth more than both in one. Without
// shares only a whole device is worth anything. Sizes are distinct, in any order. Deterministic.
ResidualWorth WorthOfResiduals(std::vector<ShareCount> shares);

}  // namespace berth::cluster
