#include <array>

#include "placers.h"

namespace berth::sim {

std::span<const Policy> Policies() {
  static constexpr std::array<Policy, 7> kPolicies = {{
      {"combined", "Berth: gpu-memory, batch-load and model-placement in one cost", true,
       &MakeCombined},
      {"kube-default", "kube-scheduler: LeastAllocated", false, &MakeKubeDefault},
      {"kube-default-image-locality",
       "kube-scheduler: LeastAllocated and ImageLocality, weights shipped as images", false,
       &MakeKubeDefaultImageLocality},
      {"binpack", "the fullest node, the fullest device on it", false, &MakeBinpack},
      {"random", "any node with room, any device on it", false, &MakeRandom},
      {"least-load", "the device with the least compute in use", false, &MakeLeastLoad},
      {"locality-only", "the node where the weights are usable first", false, &MakeLocalityOnly},
  }};
  return kPolicies;
}

}  // namespace berth::sim
