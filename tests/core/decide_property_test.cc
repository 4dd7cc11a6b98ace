// What holds for every cluster and every pod. Each try has a seed of its own, printed on failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "berth/cluster/room.h"
#include "berth/core/decide.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::DeviceSet;
using cluster::NodeIndex;
using cluster::NodeMode;
using cluster::NodeRow;
using cluster::PodRequest;
using cluster::Snapshot;
using tests::kGpu;
using tests::kTpu;
using tests::MakeSnapshot;
using tests::SharePod;
using tests::WholePod;

// A small cluster of all kinds of nodes, a pod and other pods on their way.
class World {
 public:
  explicit World(std::uint32_t seed) : random_(seed) {
    const int nodes = Pick(1, 90);
    for (int i = 0; i < nodes; ++i) {
      AddNode(i);
    }
    pod = AnyPod();
    policy = {.node_packing = AnyPacking(), .device_packing = AnyPacking()};
    if (Pick(0, 3) > 0) {
      builder.Asked(AnyDemand());
    }
    for (int i = Pick(0, 5); i > 0; --i) {
      expectations.push_back({.node = static_cast<NodeIndex>(Pick(0, nodes)),
                              .devices = DeviceSet(static_cast<std::uint16_t>(Pick(0, 255))),
                              .demand = AnyPod().demand,
                              .cpu = Millicores(Pick(0, 8000))});
    }
  }

  int Pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  template <typename T>
  std::vector<T> Shuffled(std::vector<T> items) {
    std::ranges::shuffle(items, random_);
    return items;
  }

  Decision Decided(const Snapshot& snapshot) const {
    return Decide(snapshot, pod, policy, AllNodes(snapshot), expectations);
  }

  MakeSnapshot builder;
  PodRequest pod;
  Policy policy;
  std::vector<Expectation> expectations;

 private:
  void AddNode(int i) {
    if (Pick(0, 9) == 0) {
      builder.Gap();
      return;
    }
    builder.Node("node-" + std::to_string(Pick(0, 9)) + "-" + std::to_string(i))
        .Zone("z" + std::to_string(Pick(0, 2)))
        .Product(Pick(0, 1) == 0 ? "NVIDIA-H100-80GB-HBM3" : "NVIDIA-L4")
        .FreeCpu(Millicores(Pick(-1000, 64'000)))
        .Kind(static_cast<std::uint32_t>(Pick(0, 2)));
    switch (Pick(0, 5)) {
      case 0:
        builder.Mode(static_cast<NodeMode>(Pick(1, 6)));
        return;
      case 1:
      case 2:
        builder.Whole(kGpu, 8, Pick(-1, 8));
        if (Pick(0, 1) == 0) {
          builder.Whole(kTpu, 4, Pick(0, 4));
        }
        return;
      default:
        for (int d = Pick(1, 8); d > 0; --d) {
          AddGpu();
        }
    }
  }

  void AddGpu() {
    builder.Gpu(MiB(Pick(4, 10)));
    for (int held = Pick(0, 2); held > 0; --held) {
      builder.Held(MiB(Pick(0, 4)), Percent(Pick(0, 9) == 0 ? 100 : Pick(0, 40)));
    }
    if (Pick(0, 9) == 0) {
      builder.Unhealthy();
    }
  }

  PodRequest AnyPod() {
    PodRequest any =
        Pick(0, 2) == 0
            ? WholePod({{Pick(0, 2) == 0 ? kTpu : kGpu, Pick(1, 4)}})
            : SharePod(MiB(Pick(1, 6)), Percent(Pick(0, 6) == 0 ? 100 : Pick(0, 60)), Pick(1, 3));
    if (Pick(0, 3) == 0) {
      any.accelerators = {"h100"};
    }
    any.cpu = Millicores(Pick(0, 16'000));
    return any;
  }

  Packing AnyPacking() { return static_cast<Packing>(Pick(0, static_cast<int>(Packing::kFgd))); }

  // Of two of three kinds.
  cluster::Demand AnyDemand() {
    cluster::Demand demand{.pods = 1, .cpu_per_device = Millicores(Pick(0, 12'000))};
    for (int kind = 0; kind < 2; ++kind) {
      demand.kinds.push_back(
          {.price = static_cast<float>(Pick(-10, 50)) / 10,
           .worth = cluster::WorthOfResiduals(std::vector<cluster::ShareCount>{
               {.parts = Pick(1, 30), .count = 5.0}, {.parts = Pick(31, 99), .count = 9.0}})});
    }
    return demand;
  }

  std::mt19937 random_;
};

bool operator==(const NodeDecision& a, const NodeDecision& b) {
  return a.node == b.node && a.reason == b.reason && a.contended == b.contended &&
         a.devices == b.devices && a.cost == b.cost;
}

class EverySeed : public ::testing::Test {
 protected:
  template <typename Check>
  void Try(Check check) {
    for (std::uint32_t seed = 1; seed <= 400; ++seed) {
      SCOPED_TRACE(seed);
      World world(seed);
      check(world, world.builder.Build());
      if (HasFatalFailure()) {
        return;
      }
    }
  }
};

TEST_F(EverySeed, TheSameInputsGiveTheSameAnswer) {
  Try([](World& world, const Snapshot& snapshot) {
    const Decision once = world.Decided(snapshot);
    const Decision again = world.Decided(world.builder.Build());
    ASSERT_EQ(once.best, again.best);
    ASSERT_EQ(once.fitting, again.fitting);
    for (std::size_t i = 0; i < once.nodes.size(); ++i) {
      ASSERT_TRUE(once.nodes[i] == again.nodes[i]) << i;
    }
  });
}

TEST_F(EverySeed, TheOrderOfCandidatesChangesNoVerdictAndNotTheBest) {
  Try([](World& world, const Snapshot& snapshot) {
    if (world.Pick(0, 9) == 0) {
      world.pod.demand = {};
    }
    const Decision decision = world.Decided(snapshot);
    const std::vector<NodeIndex> shuffled = world.Shuffled(AllNodes(snapshot));
    const Decision other = Decide(snapshot, world.pod, world.policy, shuffled, world.expectations);
    ASSERT_EQ(decision.fitting, other.fitting);
    ASSERT_EQ(decision.best < 0, other.best < 0);
    if (decision.best >= 0) {
      ASSERT_EQ(decision.nodes[static_cast<std::size_t>(decision.best)].node,
                other.nodes[static_cast<std::size_t>(other.best)].node);
    }
    for (const NodeDecision& node : decision.nodes) {
      const auto at = std::ranges::find(other.nodes, node.node, &NodeDecision::node);
      ASSERT_TRUE(at != other.nodes.end() && *at == node) << node.node;
    }
  });
}

TEST_F(EverySeed, AFitHasRoomForAllThatWasAsked) {
  Try([](World& world, const Snapshot& snapshot) {
    for (const NodeDecision& node : world.Decided(snapshot).nodes) {
      if (!node.fits()) {
        ASSERT_TRUE(node.devices.empty());
        continue;
      }
      const NodeRow& row = snapshot.row(node.node);
      ASSERT_GE(node.cost, 0.0F);
      ASSERT_LE(node.cost, world.policy.weights.gpu_memory);
      for (const cluster::WholeDevices& wanted : world.pod.demand.whole) {
        ASSERT_GE(cluster::FindClass(row, wanted.device_class)->free, wanted.count);
      }
      if (const auto& share = world.pod.demand.share) {
        ASSERT_EQ(node.devices.size(), share->count);
        ASSERT_EQ(node.devices & cluster::Roomy(row, *share), node.devices);
      }
    }
  });
}

TEST_F(EverySeed, TheBestIsBetterThanEveryOther) {
  Try([](World& world, const Snapshot& snapshot) {
    const Decision decision = world.Decided(snapshot);
    for (std::size_t i = 0; i < decision.nodes.size(); ++i) {
      if (decision.nodes[i].fits() && static_cast<std::int32_t>(i) != decision.best) {
        const NodeDecision& best = decision.nodes.at(static_cast<std::size_t>(decision.best));
        ASSERT_TRUE(Better(snapshot, best, decision.nodes[i]));
        ASSERT_FALSE(Better(snapshot, decision.nodes[i], best));
      }
    }
  });
}

TEST_F(EverySeed, ExpectationsNeverChangeAVerdict) {
  Try([](World& world, const Snapshot& snapshot) {
    const Decision expecting = world.Decided(snapshot);
    world.expectations.clear();
    const Decision alone = world.Decided(snapshot);
    ASSERT_EQ(expecting.fitting, alone.fitting);
    for (std::size_t i = 0; i < alone.nodes.size(); ++i) {
      ASSERT_EQ(expecting.nodes[i].reason, alone.nodes[i].reason) << i;
      ASSERT_FALSE(alone.nodes[i].contended);
    }
  });
}

// The same cluster, where some devices of the changed blocks have more left; the other blocks are
// shared with `snapshot`.
template <typename Changed>
Snapshot Roomier(World& world, const Snapshot& snapshot, Changed changed) {
  Snapshot::Parts parts{
      .names = std::make_shared<const cluster::NameTable>(snapshot.names()),
      .products = std::make_shared<const std::vector<std::string>>(snapshot.products()),
      .zones = std::make_shared<const std::vector<std::string>>(snapshot.zones()),
      .racks = std::make_shared<const std::vector<std::string>>(snapshot.racks()),
      .requirements = std::make_shared<const std::vector<std::string>>(snapshot.requirements()),
      .outlook = snapshot.outlook()};
  for (NodeIndex begin = 0; begin < snapshot.size(); begin += cluster::kBlockSize) {
    if (!changed()) {
      parts.rows.push_back(snapshot.row_block(begin / cluster::kBlockSize));
      continue;
    }
    auto block = std::make_shared<cluster::RowBlock>();
    for (NodeIndex i = begin; i < std::min(snapshot.size(), begin + cluster::kBlockSize); ++i) {
      NodeRow& row = block->rows[i - begin] = snapshot.row(i);
      block->hosts[i - begin] = snapshot.host(i);
      block->hosts[i - begin].cpu += Millicores(world.Pick(0, 4000));
      for (unsigned d = 0; d < row.device_count; ++d) {
        const int more = world.Pick(0, 3);
        row.free_memory[d] += more;
        row.memory_free += row.usable.Has(static_cast<int>(d)) ? more : 0;
        row.free_cores[d] =
            static_cast<std::uint8_t>(std::min(100, row.free_cores[d] + world.Pick(0, 40)));
      }
      for (int c = 0; c < row.class_count; ++c) {
        row.whole(c).free = static_cast<std::int16_t>(row.whole(c).free + world.Pick(0, 2));
      }
    }
    parts.rows.push_back(std::move(block));
  }
  return Snapshot(std::move(parts));
}

TEST_F(EverySeed, MoreFreeRoomNeverMakesAFitFail) {
  Try([](World& world, const Snapshot& snapshot) {
    const Decision before = world.Decided(snapshot);
    const Decision after = world.Decided(Roomier(world, snapshot, [] { return true; }));
    for (std::size_t i = 0; i < before.nodes.size(); ++i) {
      ASSERT_TRUE(after.nodes[i].fits() || !before.nodes[i].fits()) << i;
    }
  });
}

TEST_F(EverySeed, AMemoChangesWhatADecisionCostsAndNotWhatItSays) {
  Try([](World& world, const Snapshot& snapshot) {
    DecisionMemo memo(world.pod, world.policy, snapshot.outlook());
    ASSERT_TRUE(memo.Serves(world.pod, world.policy, snapshot.outlook()));
    const Snapshot later = Roomier(world, snapshot, [&] { return world.Pick(0, 1) == 0; });
    for (const Snapshot* moment : {&snapshot, &snapshot, &later, &snapshot, &later}) {
      const std::vector<NodeIndex> some = world.Shuffled(AllNodes(*moment));
      const Decision plain = Decide(*moment, world.pod, world.policy, some, world.expectations);
      const Decision quick =
          Decide(*moment, world.pod, world.policy, some, world.expectations, &memo);
      ASSERT_EQ(plain.best, quick.best);
      ASSERT_EQ(plain.fitting, quick.fitting);
      ASSERT_TRUE(
          std::ranges::equal(plain.nodes, quick.nodes,
                             [](const NodeDecision& a, const NodeDecision& b) { return a == b; }));
    }
  });
}

TEST(DecisionMemo, ServesOnlyPodsOfItsOwnShape) {
  const PodRequest pod = SharePod(8_GiB);
  const Policy policy;
  const DecisionMemo memo(pod, policy, {});
  PodRequest other = pod;
  other.name = "another";
  EXPECT_TRUE(memo.Serves(other, policy, {}));
  other.accelerators = {"h100"};
  EXPECT_FALSE(memo.Serves(other, policy, {}));
  EXPECT_FALSE(memo.Serves(SharePod(9_GiB), policy, {}));
  // CPU counts for a packing that looks at it, and costs nobody else a look at every node.
  other = pod;
  other.cpu = Millicores(1000);
  EXPECT_TRUE(memo.Serves(other, policy, {}));
  for (const Policy& by_cpu :
       {Policy{.node_packing = Packing::kFragmentation},
        Policy{.device_packing = Packing::kFragmentation}, Policy{.node_packing = Packing::kFgd},
        Policy{.node_packing = Packing::kBestFit}, Policy{.node_packing = Packing::kDotProduct}}) {
    EXPECT_TRUE(DecisionMemo(pod, by_cpu, {}).Serves(pod, by_cpu, {}));
    EXPECT_FALSE(DecisionMemo(pod, by_cpu, {}).Serves(other, by_cpu, {}));
  }
  EXPECT_FALSE(memo.Serves(pod, {.node_packing = Packing::kSpread}, {}));
  other = pod;
  other.model = "llama";
  EXPECT_FALSE(memo.Serves(other, policy, {}));
  // What is known of models and loads has changed.
  EXPECT_FALSE(memo.Serves(pod, policy, {.catalog = std::make_shared<cluster::Catalog>()}));
}

// Each decision expects what the ones before it decided, as when kube-scheduler asks about the next
// pod before the last one is bound.
TEST_F(EverySeed, ABurstOfPodsTakesNoDeviceBeyondWhatItHadLeft) {
  Try([](World& world, const Snapshot& snapshot) {
    world.expectations.clear();
    std::vector<NodeRow> rows;
    rows.reserve(snapshot.size());
    for (NodeIndex i = 0; i < snapshot.size(); ++i) {
      rows.push_back(snapshot.row(i));
    }
    for (int pods = 0; pods < 2000; ++pods) {
      const Decision decision = world.Decided(snapshot);
      if (decision.best < 0 || decision.nodes[static_cast<std::size_t>(decision.best)].contended) {
        return;  // full: what fits now fits only in room that is spoken for
      }
      const NodeDecision& best = decision.nodes[static_cast<std::size_t>(decision.best)];
      NodeRow& row = rows[best.node];
      for (const cluster::WholeDevices& wanted : world.pod.demand.whole) {
        ASSERT_GE(cluster::FindClass(row, wanted.device_class)->free, wanted.count);
      }
      if (const auto& share = world.pod.demand.share) {
        ASSERT_EQ(best.devices & cluster::Roomy(row, *share), best.devices);
      }
      cluster::Charge(row, world.pod.demand, best.devices);
      world.expectations.push_back(
          {.node = best.node, .devices = best.devices, .demand = world.pod.demand});
    }
    FAIL() << "a small cluster took 2000 pods";
  });
}

}  // namespace
}  // namespace berth::core
