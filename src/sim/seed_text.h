// How reports name the seed of a row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace berth::sim {

// nullopt: the row is the mean over seeds.
inline std::string SeedText(const std::optional<std::uint64_t>& seed) {
  return seed ? std::to_string(*seed) : "mean";
}

inline std::string SeedJson(const std::optional<std::uint64_t>& seed) {
  return seed ? std::to_string(*seed) : "\"mean\"";
}

}  // namespace berth::sim
