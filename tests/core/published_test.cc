// The published packing policies as packings that serve.
#include "berth/core/published.h"

#include <gtest/gtest.h>

#include <string>

#include "berth/core/decide.h"
#include "berth/core/explain.h"
#include "core/parts.h"
#include "testing/case_name.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::Demand;
using cluster::DeviceSet;
using cluster::PodRequest;
using cluster::Snapshot;
using tests::CaseName;
using tests::kGpu;
using tests::MakeSnapshot;
using tests::SharePod;
using tests::WholePod;

// --- Points, by hand.

TEST(Published, BestFitIsWhatIsLeftOfTheLargestNode) {
  EXPECT_EQ(BestFitPoints({.cpu = Cores(0), .devices = 0}), 100);
  EXPECT_EQ(BestFitPoints({.cpu = Cores(64), .devices = 2}), 62) << "of 62.5";
  EXPECT_EQ(BestFitPoints({.cpu = Cores(128), .devices = 8}), 0);
  EXPECT_EQ(BestFitPoints({.cpu = Cores(256), .devices = 8}), -50);
}

TEST(Published, DotProductIsTheMeanOfTheProducts) {
  EXPECT_EQ(DotProductPoints({.cpu = Cores(128), .devices = 8}, {}), 100);
  EXPECT_EQ(DotProductPoints({.cpu = Cores(128), .devices = 8}, {.cpu = Cores(64), .devices = 2}),
            62)
      << "of 62.5";
  EXPECT_EQ(DotProductPoints({.cpu = Cores(64)}, {.cpu = Cores(64), .devices = 2}), 87)
      << "of 87.5";
}

TEST(Published, FgdIsASigmoidOfTheFragmentsThatGo) {
  EXPECT_EQ(FgdPoints(0), 50);
  EXPECT_EQ(FgdPoints(1.1), 75);
  EXPECT_EQ(FgdPoints(-1.1), 24) << "of 24.97";
  EXPECT_EQ(FgdPoints(100), 100);
}

// --- Nodes.

Policy PolicyOf(Packing packing) { return {.node_packing = packing, .device_packing = packing}; }

// Nine pods of ten ask for 81 parts, one for 15.
Demand MostlyLarge() {
  const auto shares = [](int parts, double count) {
    return cluster::ClassCount{
        .pods = {.demand = {.share = cluster::DeviceShare{.memory = kHundredth * parts}},
                 .cpu = Cores(1)},
        .count = count};
  };
  return {.pods = 100, .classes = {shares(81, 90), shares(15, 10)}, .kinds = {{}}};
}

struct Room {
  std::vector<int> parts;  // left of each device
  Millicores cpu;
};

MakeSnapshot NodesOf(const std::vector<Room>& rooms) {
  MakeSnapshot nodes = MakeSnapshot().Asked(MostlyLarge());
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    nodes.Node(std::string(1, static_cast<char>('a' + i))).FreeCpu(rooms[i].cpu);
    for (const int parts : rooms[i].parts) {
      Left(nodes, parts);
    }
  }
  return nodes;
}

struct Case {
  std::string name;
  Packing packing = Packing::kFirstFit;
  std::vector<Room> rooms;  // of a, b, ...
  PodRequest pod;
  std::string best;
};

class PublishedPackingTest : public ::testing::TestWithParam<Case> {};

TEST_P(PublishedPackingTest, TakesTheNodeWithTheMostPoints) {
  const Snapshot snapshot = NodesOf(GetParam().rooms).Build();
  const Decision decision =
      Decide(snapshot, GetParam().pod, PolicyOf(GetParam().packing), AllNodes(snapshot), {});
  ASSERT_GE(decision.best, 0);
  EXPECT_TRUE(decision.scored);
  const NodeDecision& best = decision.nodes[static_cast<std::size_t>(decision.best)];
  EXPECT_EQ(snapshot.facts(best.node)->name, GetParam().best);
}

INSTANTIATE_TEST_SUITE_P(
    Nodes, PublishedPackingTest,
    ::testing::Values(Case{"FirstFitByName",
                           Packing::kFirstFit,
                           {{{100, 100}, Cores(64)}, {{50}, Cores(8)}},
                           PartsPod(30),
                           "a"},
                      Case{"FirstFitWithRoom",
                           Packing::kFirstFit,
                           {{{20}, Cores(64)}, {{50}, Cores(8)}},
                           PartsPod(30),
                           "b"},
                      Case{"FirstFitWithoutDevices",
                           Packing::kFirstFit,
                           {{{100, 100}, Cores(64)}, {{50}, Cores(8)}},
                           HostPod(Cores(4)),
                           "a"},
                      Case{"BestFitByDevices",
                           Packing::kBestFit,
                           {{{100, 100, 100, 100}, Cores(32)}, {{100}, Cores(32)}},
                           PartsPod(30),
                           "b"},
                      Case{"BestFitByCpu",
                           Packing::kBestFit,
                           {{{100}, Cores(64)}, {{100}, Cores(32)}},
                           PartsPod(30),
                           "b"},
                      Case{"BestFitByBoth",
                           Packing::kBestFit,
                           {{{100, 100, 100}, Cores(16)}, {{100}, Cores(96)}},
                           PartsPod(30),
                           "a"},
                      Case{"BestFitWithoutDevices",
                           Packing::kBestFit,
                           {{{100, 100}, Cores(64)}, {{50}, Cores(8)}},
                           HostPod(Cores(4)),
                           "b"},
                      // Few devices are left where the pod asks much of them.
                      Case{"DotProductByDevices",
                           Packing::kDotProduct,
                           {{{100, 100, 100, 100}, Cores(8)}, {{100}, Cores(100)}},
                           WithCpu(SharePod(MiB(0), Percent(100)), Cores(1)),
                           "b"},
                      Case{"DotProductByCpu",
                           Packing::kDotProduct,
                           {{{100, 100, 100, 100}, Cores(16)}, {{100}, Cores(100)}},
                           WithCpu(PartsPod(10), Cores(8)),
                           "a"},
                      // 19 parts are of no use to most pods, 85 are.
                      Case{"FgdFillsWhatIsOfNoUse",
                           Packing::kFgd,
                           {{{85}, Cores(8)}, {{19}, Cores(8)}},
                           PartsPod(15),
                           "b"},
                      // Without CPU nobody can have the device, so nothing is lost there.
                      Case{"FgdWhereCpuIsGone",
                           Packing::kFgd,
                           {{{85}, Cores(8)}, {{85}, Cores(0)}},
                           PartsPod(15),
                           "b"},
                      // 81 parts of a whole device leave 19 that few can use, of 82 parts one.
                      Case{"FgdKeepsWholeDevices",
                           Packing::kFgd,
                           {{{100}, Cores(8)}, {{82}, Cores(8)}},
                           PartsPod(81),
                           "b"},
                      Case{"FgdKeepsCpuBesideDevices",
                           Packing::kFgd,
                           {{{100}, Cores(2)}, {{10}, Cores(2)}},
                           HostPod(Cores(2)),
                           "b"}),
    CaseName);

TEST(PublishedPacking, FgdTakesTheDeviceWhereLeastIsLost) {
  const Snapshot snapshot = NodesOf({{{85, 19, 70}, Cores(8)}}).Build();
  const Decision decision =
      Decide(snapshot, PartsPod(15), PolicyOf(Packing::kFgd), AllNodes(snapshot), {});
  EXPECT_EQ(decision.nodes.front().devices, DeviceSet::Only(1));
}

TEST(PublishedPacking, OthersTakeTheTightestDevice) {
  const Snapshot snapshot = NodesOf({{{85, 20, 19}, Cores(8)}}).Build();
  for (const Packing packing : {Packing::kFirstFit, Packing::kBestFit, Packing::kDotProduct}) {
    const Decision decision =
        Decide(snapshot, PartsPod(15), PolicyOf(packing), AllNodes(snapshot), {});
    EXPECT_EQ(decision.nodes.front().devices, DeviceSet::Only(2));
  }
}

TEST(PublishedPacking, FgdIsBinpackWhileNothingIsKnown) {
  const Snapshot snapshot = NodesOf({{{100}, Cores(8)}, {{40}, Cores(8)}}).Asked({}).Build();
  const Decision decision =
      Decide(snapshot, PartsPod(15), PolicyOf(Packing::kFgd), AllNodes(snapshot), {});
  EXPECT_EQ(decision.best, 1);
}

TEST(PublishedPacking, FgdCountsWholeDevicesOnWholeNodes) {
  Demand demand;
  demand.pods = 10;
  demand.classes = {
      {.pods = {.demand = {.whole = {{.device_class = kGpu, .count = 4}}}, .cpu = Cores(1)},
       .count = 10}};
  // On a four are free and on b five: after one more a has no four for the next.
  const Snapshot snapshot = MakeSnapshot()
                                .Asked(demand)
                                .Node("a")
                                .FreeCpu(Cores(64))
                                .Whole(kGpu, 8, 4)
                                .Node("b")
                                .FreeCpu(Cores(64))
                                .Whole(kGpu, 8, 5)
                                .Build();
  const Decision decision =
      Decide(snapshot, WholePod({{kGpu, 1}}), PolicyOf(Packing::kFgd), AllNodes(snapshot), {});
  EXPECT_EQ(decision.best, 1);
}

struct SentenceCase {
  std::string name;
  Packing packing = Packing::kFirstFit;
  std::string sentence;
};

class PublishedSentenceTest : public ::testing::TestWithParam<SentenceCase> {};

TEST_P(PublishedSentenceTest, SaysWhatThePointsAreFor) {
  const Snapshot snapshot = NodesOf({{{100, 60}, Cores(8)}}).Build();
  const PodRequest pod = WithCpu(PartsPod(20), Cores(2));
  const Policy policy = PolicyOf(GetParam().packing);
  const NodeExplanation explanation =
      Explain(snapshot, pod, policy, {}, Decide(snapshot, pod, policy, AllNodes(snapshot), {}), 0);
  ASSERT_FALSE(explanation.terms.empty());
  EXPECT_EQ(explanation.terms.front().sentence,
            "140 of 200 MiB stay free on the node; " + GetParam().sentence);
}

INSTANTIATE_TEST_SUITE_P(
    Sentences, PublishedSentenceTest,
    ::testing::Values(
        SentenceCase{"FirstFit", Packing::kFirstFit,
                     "of the nodes with room the first by name is taken"},
        SentenceCase{"BestFit", Packing::kBestFit, "6.0 CPU and 1.40 devices stay free"},
        SentenceCase{"DotProduct", Packing::kDotProduct,
                     "what is free and what is asked point apart by 99 of 100"},
        // 60 parts were of no use to nine of ten pods, 40 are now.
        SentenceCase{"Fgd", Packing::kFgd, "for the usual pod fragments change by -0.18 devices"}),
    CaseName);

}  // namespace
}  // namespace berth::core
