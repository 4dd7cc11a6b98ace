// What serves under the name of a published policy places as the policy itself does.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/base/random.h"
#include "berth_packer.h"
#include "replay_builders.h"
#include "testing/case_name.h"

namespace berth::sim {
namespace {

struct Case {
  std::string name;
  std::string policy;
  PackingPolicy twin;
};

class PublishedTwins : public testing::TestWithParam<Case> {};

// Pods of hundredths of a device, so that Berth's parts of devices are exact.
std::string ManyPods() {
  Random random(7, 1);
  std::string pods;
  for (int i = 0; i < 400; ++i) {
    const std::uint32_t devices = random.Below(4) == 0 ? 1 + random.Below(3) : random.Below(2);
    const std::uint32_t share = devices == 1 ? 10 * (1 + random.Below(100)) : 1000;
    pods += std::to_string(1000 * random.Below(9)) + ",1," + std::to_string(devices) + "," +
            std::to_string(devices == 0 ? 0 : share) + "," + (random.Below(5) == 0 ? "G2" : "") +
            "\n";
  }
  return pods;
}

TEST_P(PublishedTwins, PlacePodByPodTheSame) {
  std::string nodes;
  for (int i = 0; i < 12; ++i) {
    nodes += "96000,400000,8,G2\n104000,500000,2,T4\n16000,100000,2,P100\n";
  }
  const auto node_rows = NodesOf(nodes);
  const auto pods = PodsOf(ManyPods());
  const ReplaySetup setup = SetupOf(node_rows, pods);
  const ReplayResult served = Replay(setup, GetParam().twin, [](std::size_t, std::size_t) {});
  EXPECT_EQ(PlacesOf(served, pods.size()),
            PlacesOf(ReplayOf(setup, GetParam().policy), pods.size()));
  EXPECT_GT(served.all_failed(), 0) << "the cluster gets full";
}

INSTANTIATE_TEST_SUITE_P(
    Replay, PublishedTwins,
    testing::Values(
        Case{"FirstFit", "first-fit", {"twin", "", &MakeBerth<core::Packing::kFirstFit>}},
        Case{"BestFit", "best-fit", {"twin", "", &MakeBerth<core::Packing::kBestFit>}},
        Case{"DotProduct", "dot-product", {"twin", "", &MakeBerth<core::Packing::kDotProduct>}}),
    tests::CaseName);

}  // namespace
}  // namespace berth::sim
