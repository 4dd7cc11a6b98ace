// Where each policy puts a pod.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "berth/base/named.h"
#include "berth/core/decide.h"
#include "berth/sim/placer.h"
#include "core/models.h"
#include "testing/snapshot.h"

namespace berth::sim {
namespace {

using cluster::DeviceSet;
using cluster::NodeIndex;
using cluster::Snapshot;
using cluster::Tier;
using tests::MakeSnapshot;

constexpr Bytes kWeights(8'000'000'000);

// What is known beyond the rows: where copies of the one model, 8 GB, lie, and loads.
struct Known {
  cluster::WeightTable::Copies copies;
  std::vector<std::vector<float>> loads;  // by node, then device; empty: all idle
};

Snapshot With(const MakeSnapshot& nodes, Known known = {}) {
  const Snapshot bare = nodes.Build();
  const cluster::ModelVariant variant = core::Variant("fp16", kWeights, 1_GiB);
  auto weights = std::make_shared<cluster::WeightTable>();
  weights->names = bare.names_ptr();
  weights->rates = {{.device_from_host = 20e9, .host_from_disk = 6e9, .from_remote = 1.25e9}};
  weights->copies[variant.source] = std::move(known.copies);
  known.loads.resize(bare.size());
  return core::With(bare, {.catalog = core::Models({variant}),
                           .loads = core::LoadsOf(bare, std::move(known.loads)),
                           .weights = std::move(weights)});
}

cluster::PodRequest Pod(MiB memory, int count = 1) {
  cluster::PodRequest pod = tests::SharePod(memory, Percent(0), count);
  pod.model = "llama";
  return pod;
}

using Place = std::pair<NodeIndex, int>;

// All places that the policy gives when it is asked often.
std::set<Place> PlacesOf(std::string_view policy, const Snapshot& snapshot,
                         const cluster::PodRequest& pod) {
  std::set<Place> places;
  const Placer place = FindByName(Policies(), policy)->make(1);
  for (int i = 0; i < 200; ++i) {
    const std::optional<Spot> spot = place(snapshot, pod);
    if (spot) {
      spot->devices.ForEach([&](int device) { places.emplace(spot->node, device); });
    }
  }
  return places;
}

TEST(Policies, HaveTheirNames) {
  std::vector<std::string_view> names;
  for (const Policy& policy : Policies()) {
    names.push_back(policy.name);
    EXPECT_EQ(FindByName(Policies(), policy.name), &policy);
  }
  EXPECT_THAT(names, testing::ElementsAre("combined", "kube-default", "kube-default-image-locality",
                                          "binpack", "random", "least-load", "locality-only"));
  EXPECT_EQ(FindByName(Policies(), "best"), nullptr);
}

class EveryPolicyTest : public testing::TestWithParam<std::string> {};

TEST_P(EveryPolicyTest, GivesRoomThatIsThere) {
  const Snapshot snapshot = With(MakeSnapshot()
                                     .Node("a")
                                     .Gpu(80_GiB)
                                     .Held(60_GiB)
                                     .Gpu(80_GiB)
                                     .Node("b")
                                     .Gpu(80_GiB)
                                     .Held(60_GiB)
                                     .Gpu(80_GiB)
                                     .Held(60_GiB));
  EXPECT_EQ(PlacesOf(GetParam(), snapshot, Pod(40_GiB)), (std::set<Place>{{0, 1}}));
}

TEST_P(EveryPolicyTest, FindsNoRoomWhereThereIsNone) {
  const Snapshot snapshot = With(MakeSnapshot().Node("a").Gpu(80_GiB).Held(60_GiB).Gpu(80_GiB));
  EXPECT_THAT(PlacesOf(GetParam(), snapshot, Pod(40_GiB, 2)), testing::IsEmpty())
      << "one of two devices";
}

TEST_P(EveryPolicyTest, SeveralDevicesAreDistinctAndOfOneNode) {
  const Snapshot snapshot =
      With(MakeSnapshot().Node("a").Gpu(80_GiB).Node("b").Gpu(80_GiB).Gpu(80_GiB).Held(60_GiB).Gpu(
          80_GiB));
  EXPECT_EQ(PlacesOf(GetParam(), snapshot, Pod(40_GiB, 2)), (std::set<Place>{{1, 0}, {1, 2}}));
}

INSTANTIATE_TEST_SUITE_P(All, EveryPolicyTest,
                         testing::Values("combined", "kube-default", "kube-default-image-locality",
                                         "binpack", "random", "least-load", "locality-only"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// a: 40 GiB on one device; b: empty; c: 1 GiB on one device.
MakeSnapshot ThreeNodes() {
  return MakeSnapshot()
      .Node("a")
      .Gpu(80_GiB)
      .Held(40_GiB)
      .Gpu(80_GiB)
      .Node("b")
      .Gpu(80_GiB)
      .Gpu(80_GiB)
      .Node("c")
      .Gpu(80_GiB)
      .Held(1_GiB)
      .Gpu(80_GiB);
}

TEST(Random, MayUseEveryRoom) {
  EXPECT_EQ(PlacesOf("random", With(ThreeNodes()), Pod(8_GiB)).size(), 6U);
}

// b has 95 whole percent left for the pod, c 94.
TEST(KubeDefault, TakesTheNodeWithTheMostLeftAndAnyDeviceOfIt) {
  EXPECT_EQ(PlacesOf("kube-default", With(ThreeNodes()), Pod(8_GiB)),
            (std::set<Place>{{1, 0}, {1, 1}}));
}

// 94.69 and 94.06 percent are both 94.
TEST(KubeDefault, ScoresAreWholeNumbersAndEqualsAreDrawn) {
  const Snapshot snapshot = With(ThreeNodes());
  EXPECT_EQ(PlacesOf("kube-default", snapshot, Pod(MiB(8704))),
            (std::set<Place>{{1, 0}, {1, 1}, {2, 0}, {2, 1}}));
}

// 8 GB on one of three nodes is 2.7 GB: the full 100 points, more than an empty node is worth.
TEST(ImageLocality, PrefersTheNodeThatHasTheImage) {
  const Snapshot snapshot =
      With(ThreeNodes(), {.copies = {{.node = 0, .tier = Tier::kDisk, .bytes = kWeights}}});
  EXPECT_EQ(PlacesOf("kube-default-image-locality", snapshot, Pod(8_GiB)),
            (std::set<Place>{{0, 0}, {0, 1}}));
}

TEST(ImageLocality, WithoutTheImageAnywhereItIsKubeDefault) {
  EXPECT_EQ(PlacesOf("kube-default-image-locality", With(ThreeNodes()), Pod(8_GiB)),
            (std::set<Place>{{1, 0}, {1, 1}}));
}

TEST(Binpack, TakesTheFullestNodeAndItsFullestDevice) {
  EXPECT_EQ(PlacesOf("binpack", With(ThreeNodes()), Pod(8_GiB)), (std::set<Place>{{0, 0}}));
}

TEST(LeastLoad, TakesTheIdlestDevice) {
  const Snapshot snapshot =
      With(ThreeNodes(), {.loads = {{0.5, 0.125}, {0.25, 0.5}, {0.125, 0.75}}});
  EXPECT_EQ(PlacesOf("least-load", snapshot, Pod(8_GiB)), (std::set<Place>{{0, 1}, {2, 0}}));
}

TEST(LocalityOnly, TakesTheNearestWeightsWhateverElse) {
  const Snapshot snapshot =
      With(ThreeNodes(), {.copies = {{.node = 0, .tier = Tier::kHost, .bytes = kWeights},
                                     {.node = 1, .tier = Tier::kDisk, .bytes = kWeights},
                                     {.node = 2, .tier = Tier::kHost, .bytes = kWeights}},
                          .loads = {{0.9F, 0.9F}, {0, 0}, {0.9F, 0.9F}}});
  EXPECT_EQ(PlacesOf("locality-only", snapshot, Pod(8_GiB)),
            (std::set<Place>{{0, 0}, {0, 1}, {2, 0}, {2, 1}}));
}

TEST(LocalityOnly, WeightsOnTheirWayCountWithWhatIsLeft) {
  const Snapshot snapshot =
      With(ThreeNodes(),
           {.copies = {{.node = 0, .tier = Tier::kHost, .bytes = kWeights, .ready_in = 1.5F},
                       {.node = 1, .tier = Tier::kDisk, .bytes = kWeights}}});
  EXPECT_EQ(PlacesOf("locality-only", snapshot, Pod(8_GiB)), (std::set<Place>{{1, 0}, {1, 1}}))
      << "1.5 s + 0.4 s, and 1.33 s";
}

TEST(Combined, IsTheDecisionOfTheCore) {
  const Snapshot snapshot =
      With(ThreeNodes(), {.copies = {{.node = 0, .tier = Tier::kHost, .bytes = kWeights},
                                     {.node = 2, .tier = Tier::kDisk, .bytes = kWeights}}});
  const cluster::PodRequest pod = Pod(8_GiB);
  const core::Policy policy{.node_packing = core::Packing::kTight,
                            .device_packing = core::Packing::kTight};
  const core::Decision decision = core::Decide(snapshot, pod, policy, core::AllNodes(snapshot), {});
  const Spot spot =
      FindByName(Policies(), "combined")->make(7)(snapshot, pod).value_or(Spot{.node = 99});
  EXPECT_EQ(spot.node, decision.nodes[static_cast<std::size_t>(decision.best)].node);
  EXPECT_EQ(spot.devices, decision.nodes[static_cast<std::size_t>(decision.best)].devices);
  EXPECT_EQ(spot.node, 0U);
}

}  // namespace
}  // namespace berth::sim
