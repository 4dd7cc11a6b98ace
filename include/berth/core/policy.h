// What the operator chose. Part of a decision's inputs, so that a recorded decision can be
// replayed.
#pragma once

#include <cstdint>

namespace berth::core {

// Fill what is started, or use the emptiest first.
enum class Packing : std::uint8_t { kBinpack, kSpread };

struct Policy {
  Packing node_packing = Packing::kBinpack;    // which node
  Packing device_packing = Packing::kBinpack;  // which of its devices

  friend bool operator==(const Policy&, const Policy&) = default;
};

}  // namespace berth::core
