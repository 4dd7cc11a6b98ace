#include "scored_packer.h"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "berth/base/random.h"
#include "replay_builders.h"

namespace berth::sim {
namespace {

// Gives every node points for every pod.
class Forgetful final : public Packer {
 public:
  explicit Forgetful(const ReplayWorld& world)
      : world_(world), rule_(MakeFgdRule(world)), rooms_(world.shapes.empty_nodes) {}

  std::optional<Spot> Place(const Arrival& arrival) override {
    const PodShape& shape = world_.shape(arrival.pod);
    const NodePoints points = rule_->Prepare(shape);
    int most = -1;
    std::size_t best = 0;
    for (std::size_t node = 0; node < rooms_.size(); ++node) {
      if (Fits(rooms_[node], shape) && points(rooms_[node]) > most) {
        most = points(rooms_[node]);
        best = node;
      }
    }
    if (most < 0) {
      return std::nullopt;
    }
    const Spot spot{.node = static_cast<cluster::NodeIndex>(best),
                    .devices = rule_->Choose(rooms_[best], shape)};
    Take(rooms_[best], shape, spot.devices);
    return spot;
  }

  void Leave(const Arrival& arrival, const Spot& spot) override {
    GiveBack(rooms_[spot.node], world_.shape(arrival.pod), spot.devices);
  }

 private:
  const ReplayWorld& world_;
  const std::unique_ptr<PackingRule> rule_;
  std::vector<NodeRoom> rooms_;
};

// Without devices, parts of one, and some whole ones.
std::vector<TracePod> AnyPods(int count, Random& random) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    lines += std::to_string(1000 * random.Below(16)) + ",1,";
    switch (random.Below(3)) {
      case 0:
        lines += "0,0,\n";
        break;
      case 1:
        lines += "1," + std::to_string(100 + random.Below(900)) + ",\n";
        break;
      default:
        lines += std::to_string(1 + random.Below(4)) + ",1000,\n";
        break;
    }
  }
  return PodsOf(lines);
}

std::vector<TraceNode> AnyNodes(int count, Random& random) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    lines += std::to_string(16'000 + (8000 * random.Below(12))) + ",9999," +
             std::to_string(random.Below(9)) + ",\n";
  }
  return NodesOf(lines);
}

TEST(ScoredPacker, RemembersOnlyWhatIsStillTrue) {
  Random random(11);
  const auto pods = AnyPods(12, random);
  const auto nodes = AnyNodes(40, random);
  const ReplaySetup setup = SetupOf(nodes, pods);
  const ReplayWorld world(setup);
  ScoredPacker packer(world, MakeFgdRule(world), TieRule::kLowestRank);
  Forgetful forgetful(world);
  std::map<std::uint32_t, std::pair<Arrival, Spot>> there;
  for (std::uint32_t event = 0; event < 3000; ++event) {
    if (!there.empty() && random.Below(3) == 0) {
      const auto leaving =
          std::next(there.begin(), random.Below(static_cast<std::uint32_t>(there.size())));
      const auto& [arrival, spot] = leaving->second;
      packer.Leave(arrival, spot);
      forgetful.Leave(arrival, spot);
      there.erase(leaving);
      continue;
    }
    const Arrival arrival{.event = event,
                          .pod = random.Below(static_cast<std::uint32_t>(pods.size()))};
    const std::optional<Spot> spot = packer.Place(arrival);
    const std::optional<Spot> anew = forgetful.Place(arrival);
    ASSERT_EQ(spot.has_value(), anew.has_value()) << event;
    if (spot && anew) {
      ASSERT_EQ(spot->node, anew->node) << event;
      ASSERT_EQ(spot->devices, anew->devices) << event;
      there.emplace(event, std::pair(arrival, *spot));
    }
  }
}

}  // namespace
}  // namespace berth::sim
