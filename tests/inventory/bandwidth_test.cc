#include "berth/inventory/bandwidth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "inventory/rig.h"

namespace berth::inventory {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Instant kNow = Instant(hours(1));
constexpr cluster::Rates kConfigured{.host_from_disk = 2e9};

double DiskOf(const Bandwidth& bandwidth, std::string_view node, Instant now = kNow) {
  const std::vector<cluster::Rates> configured = {kConfigured};
  return bandwidth.OfNode(node, bandwidth.ByClass(configured, now).front(), configured.front(), now)
      .host_from_disk;
}

void Observe(Bandwidth& bandwidth, std::string_view node, double rate, int times = 1,
             Instant at = kNow) {
  for (int i = 0; i < times; ++i) {
    bandwidth.Observe(node, 0, Hop::kHostFromDisk, rate, at);
  }
}

TEST(Bandwidth, IsWhatIsConfiguredUntilSomethingIsSeen) {
  const Bandwidth bandwidth;
  EXPECT_DOUBLE_EQ(DiskOf(bandwidth, "a"), 2e9);
  EXPECT_FALSE(bandwidth.Knows("a"));
}

TEST(Bandwidth, BelievesANodeFromItsThirdStart) {
  Bandwidth bandwidth;
  Observe(bandwidth, "a", 1e9);
  EXPECT_NEAR(DiskOf(bandwidth, "a"), 2e9, 1);
  Observe(bandwidth, "a", 1e9);
  EXPECT_NEAR(DiskOf(bandwidth, "a"), std::sqrt(2e18), 1);
  Observe(bandwidth, "a", 1e9);
  EXPECT_NEAR(DiskOf(bandwidth, "a"), 1e9, 1);
}

TEST(Bandwidth, StaysWithinEightTimesOfWhatIsConfigured) {
  Bandwidth bandwidth;
  Observe(bandwidth, "slow", 1, 31);
  Observe(bandwidth, "fast", 1e15, 31);
  EXPECT_DOUBLE_EQ(DiskOf(bandwidth, "slow"), 0.25e9);
  EXPECT_DOUBLE_EQ(DiskOf(bandwidth, "fast"), 16e9);
}

TEST(Bandwidth, OfAClassIsThatOfItsMiddleNodeOnceThereAreThree) {
  Bandwidth bandwidth;
  Observe(bandwidth, "a", 0.5e9, 30);  // one slow disk, started from often
  Observe(bandwidth, "b", 1e9, 3);
  EXPECT_NEAR(DiskOf(bandwidth, "unseen"), 2e9, 1);
  Observe(bandwidth, "c", 1e9, 3);
  EXPECT_NEAR(DiskOf(bandwidth, "unseen"), 1e9, 1);
  EXPECT_NEAR(DiskOf(bandwidth, "a"), 0.5e9, 1);
}

TEST(Bandwidth, OfOtherClassesAndHopsIsLeftAlone) {
  Bandwidth bandwidth;
  for (const char* node : {"a", "b", "c"}) {
    Observe(bandwidth, node, 1e9, 5);
  }
  const std::vector<cluster::Rates> learnt = bandwidth.ByClass({kConfigured, kConfigured}, kNow);
  EXPECT_NEAR(learnt[0].host_from_disk, 1e9, 1);
  EXPECT_EQ(learnt[0].from_remote, kConfigured.from_remote);
  EXPECT_EQ(learnt[1], kConfigured);
}

TEST(Bandwidth, LearnsNothingOfAHopThatDoesNotExist) {
  Bandwidth bandwidth;
  for (const char* node : {"a", "b", "c"}) {
    for (int i = 0; i < 5; ++i) {
      bandwidth.Observe(node, 0, Hop::kFromPeer, 1e9, kNow);
    }
  }
  EXPECT_EQ(bandwidth.ByClass({kConfigured}, kNow).front(), kConfigured);
  EXPECT_EQ(bandwidth.OfNode("a", kConfigured, kConfigured, kNow), kConfigured);
}

TEST(Bandwidth, TakesNoSampleThatIsNoRate) {
  Bandwidth bandwidth;
  for (const double rate : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()}) {
    Observe(bandwidth, "a", rate, 5);
  }
  EXPECT_FALSE(bandwidth.Knows("a"));
}

TEST(Bandwidth, FollowsTheLastThirtyOneStarts) {
  Bandwidth bandwidth;
  Observe(bandwidth, "a", 1e9, 100);
  Observe(bandwidth, "a", 4e9, 31);
  EXPECT_NEAR(DiskOf(bandwidth, "a"), 4e9, 1);
}

TEST(Bandwidth, ForgetsAfterFourteenDays) {
  Bandwidth bandwidth;
  Observe(bandwidth, "a", 1e9, 10);
  EXPECT_NEAR(DiskOf(bandwidth, "a", kNow + hours(24 * 14)), 1e9, 1);
  EXPECT_NEAR(DiskOf(bandwidth, "a", kNow + hours(24 * 14) + seconds(1)), 2e9, 1);
}

// Starts of pods on a small cluster, replayed through the inventory: what the table says of each
// node's disk afterwards, against the rate that the starts were made with.
class ReplayTest : public InventoryTest {
 protected:
  // Of each node, the share by which the learnt rate misses the true one.
  std::vector<double> Errors(unsigned seed, const std::vector<double>& disks, int starts,
                             bool learn) {
    std::mt19937 random(seed);
    std::lognormal_distribution<double> noise(0, 0.15);      // of a transfer
    std::uniform_real_distribution<double> start(4.0, 6.0);  // of the engine; 5 s are declared
    std::uniform_real_distribution<double> share(0, 1);
    std::uniform_real_distribution<double> outlier(3, 20);  // times as long

    tests::MakeSnapshot nodes;
    inventory_ = std::make_unique<Inventory>(
        Options{.rates = {.host_from_disk = 3e9}, .learn_bandwidth = learn});
    inventory_->SetCatalog(CatalogOf("1"));
    for (std::size_t i = 0; i < disks.size(); ++i) {
      nodes.Node(std::to_string(i));
      Put(tests::Node(std::to_string(i)));
      Agent(std::to_string(i), Model(kLlama, "nvme") + "," + Model(kMixtral, "nvme"));
    }
    snapshot_ = nodes.Build();
    inventory_->BeginPods();
    inventory_->EndPods(now());

    for (int i = 0; i < starts; ++i) {
      const std::size_t node = static_cast<std::size_t>(i) % disks.size();
      const bool large = share(random) < 0.3;
      const double bytes = large ? 90e9 : 16e9;
      const double declared = large ? 10 : 5;
      const bool in_company = share(random) < 0.3;  // another pod loads from the same disk
      double transfer = bytes / disks[node] * noise(random) * (in_company ? 2 : 1);
      if (share(random) < 0.1) {
        transfer *= outlier(random);
      }
      const std::string model = large ? "mixtral" : "llama";
      const std::string name = "pod-" + std::to_string(i);
      const std::string where = std::to_string(node);
      inventory_->PutPod(Pod(name, where, false, model), now());
      if (in_company) {
        inventory_->PutPod(Pod(name + "-b", where, false, model), now());
      }
      Pass(transfer + declared - 5 + start(random));
      inventory_->PutPod(Pod(name, where, true, model), now());
      if (in_company) {
        inventory_->PutPod(Pod(name + "-b", where, true, model), now());
      }
      inventory_->RemovePod("uid-of-" + name, now());
      inventory_->RemovePod("uid-of-" + name + "-b", now());
      Pass(60);
    }
    const auto table = Table();
    std::vector<double> errors;
    for (std::size_t i = 0; i < disks.size(); ++i) {
      const double rate = table->rates_of(static_cast<cluster::NodeIndex>(i)).host_from_disk;
      errors.push_back(std::abs(rate - disks[i]) / disks[i]);
    }
    return errors;
  }

  static double Median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
  }
};

constexpr double kSlow = 0.5e9;  // a sixth of what is configured
constexpr double kUsual = 2.4e9;

constexpr unsigned kSeeds = 20;

TEST_F(ReplayTest, FiftyStartsOfEachNodeTellEveryNode) {
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    const std::vector<double> errors =
        Errors(seed, {kUsual, kUsual, kSlow, kUsual, kUsual}, 5 * 50, true);
    EXPECT_LT(Median(errors), 0.15) << "seed " << seed;
    EXPECT_LT(errors[2], 0.15) << "seed " << seed;
  }
}

TEST_F(ReplayTest, FiftyStartsOverFiveNodesTellTheMedianNode) {
  std::vector<double> all;
  std::vector<double> slow;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    const std::vector<double> errors =
        Errors(seed, {kUsual, kUsual, kSlow, kUsual, kUsual}, 50, true);
    all.insert(all.end(), errors.begin(), errors.end());
    slow.push_back(errors[2]);
  }
  EXPECT_LT(Median(all), 0.15);
  EXPECT_LT(Median(slow), 0.15);
}

TEST_F(ReplayTest, NothingIsLearntWhenItIsSwitchedOff) {
  EXPECT_NEAR(Errors(1, {kSlow}, 50, false).front(), 5, 1e-9);
}

}  // namespace
}  // namespace berth::inventory
