// random: any node with room, any of its devices with room.
#include "berth/base/random.h"
#include "packing_rules.h"
#include "streams.h"

namespace berth::sim {
namespace {

using cluster::DeviceSet;

class RandomRule final : public PackingRule {
 public:
  explicit RandomRule(std::uint64_t seed) : random_(seed, Stream::kDevices) {}

  // All alike: ties are drawn.
  NodePoints Prepare(const PodShape& /*pod*/) const override {
    return [](const NodeRoom&) { return 0; };
  }

  DeviceSet Choose(const NodeRoom& room, const PodShape& pod) override {
    if (!pod.is_part()) {
      return TightestDevices(room, pod);
    }
    const DeviceSet roomy = Roomy(room, pod);
    std::uint32_t ticket = random_.Below(static_cast<std::uint32_t>(roomy.size()));
    DeviceSet drawn;
    roomy.ForEach([&](int device) {
      if (ticket-- == 0) {
        drawn.Add(device);
      }
    });
    return drawn;
  }

 private:
  Random random_;
};

}  // namespace

std::unique_ptr<PackingRule> MakeRandomRule(const ReplayWorld& world) {
  return std::make_unique<RandomRule>(world.setup.seed);
}

}  // namespace berth::sim
