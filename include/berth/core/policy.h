// What the operator chose. Part of a decision's inputs, so that a recorded decision can be
// replayed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "berth/cluster/pod.h"

namespace berth::core {

// Fill what is started; use the emptiest first; or leave room that the next pod can use: what is
// left on a device is nothing, or much, and an empty device is opened for those who fill it; or
// keep what the pods of the cluster usually ask for. The others are published policies
// (published.h).
enum class Packing : std::uint8_t {
  kBinpack,
  kSpread,
  kTight,
  kFragmentation,
  kFirstFit,
  kBestFit,
  kDotProduct,
  kFgd,
};

// By what pods ask for (cluster::Demand).
inline bool GoesByDemand(Packing packing) {
  return packing == Packing::kFragmentation || packing == Packing::kFgd;
}

// By the CPU that a pod asks and leaves.
inline bool LooksAtCpu(Packing packing) {
  return GoesByDemand(packing) || packing == Packing::kBestFit || packing == Packing::kDotProduct;
}

// What the worst of each term is worth in seconds of waiting, so that terms of different units add
// up. 0 leaves a term out.
struct TermWeights {
  double gpu_memory = 1.5;
  double batch_load = 60;
  double model_placement = 300;  // seconds to the weights count one for one up to here

  friend bool operator==(const TermWeights&, const TermWeights&) = default;
};

// One profile.
struct Policy {
  Packing node_packing = Packing::kBinpack;    // which node
  Packing device_packing = Packing::kBinpack;  // which of its devices
  TermWeights weights;
  double min_quality = 0;  // of model variants that Berth may choose by itself

  bool goes_by_demand() const { return GoesByDemand(node_packing) || GoesByDemand(device_packing); }
  bool looks_at_cpu() const { return LooksAtCpu(node_packing) || LooksAtCpu(device_packing); }

  friend bool operator==(const Policy&, const Policy&) = default;
};

struct Profile {
  std::string name;  // "latency"; empty: of the default policy
  Policy policy;
};

// Whether any of them goes by what pods ask for.
inline bool GoByDemand(std::span<const Profile> profiles) {
  return std::ranges::any_of(
      profiles, [](const Profile& profile) { return profile.policy.goes_by_demand(); });
}

// The pod's profile; the first, which is the default, where there is no such one.
inline const Profile& ProfileOf(std::span<const Profile> profiles, const cluster::PodRequest& pod) {
  return profiles[pod.profile < profiles.size() ? pod.profile : 0];
}

}  // namespace berth::core
