#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "berth/base/named.h"
#include "berth/base/random.h"
#include "berth/plan/scheduler.h"

namespace berth::plan {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

Duration MakespanOf(std::string_view scheduler, const Instance& instance, std::uint64_t seed = 1) {
  return Measure(instance, FindByName(Schedulers(), scheduler)->assign(instance, seed)).makespan;
}

// By trying every assignment; machines that are still empty are all the same.
class Exhaustive {
 public:
  explicit Exhaustive(const Instance& instance)
      : demands_(instance.demands), loads_(instance.machines) {}

  Duration Optimum() {
    Try(0, Duration(0));
    return best_;
  }

 private:
  void Try(std::size_t task, Duration makespan) {
    if (makespan >= best_) {
      return;
    }
    if (task == demands_.size()) {
      best_ = makespan;
      return;
    }
    for (Duration& load : loads_) {
      const bool was_empty = load == Duration(0);
      load += demands_[task];
      Try(task + 1, std::max(makespan, load));
      load -= demands_[task];
      if (was_empty) {
        return;
      }
    }
  }

  const std::vector<Duration> demands_;
  std::vector<Duration> loads_;
  Duration best_ = Duration::max();
};

// Small whole numbers, so that ties and gaps are frequent.
Instance Small(std::uint64_t seed) {
  Random random(seed);
  Instance instance{.demands = {}, .machines = 2 + random.Below(3)};
  const std::size_t tasks = 2 + random.Below(9);
  for (std::size_t i = 0; i < tasks; ++i) {
    instance.demands.emplace_back(std::chrono::milliseconds(1 + random.Below(20)));
  }
  return instance;
}

constexpr std::uint64_t kSmallInstances = 30;

TEST(Exhaustive, NoLowerBoundIsAboveTheOptimum) {
  for (std::uint64_t seed = 0; seed < kSmallInstances; ++seed) {
    const Instance instance = Small(seed);
    EXPECT_LE(LowerBound(instance), Exhaustive(instance).Optimum()) << seed;
  }
}

TEST(Exhaustive, NoSchedulerIsBelowTheOptimumNorBeyondItsProvenBound) {
  for (std::uint64_t seed = 0; seed < kSmallInstances; ++seed) {
    const Instance instance = Small(seed);
    const Duration optimum = Exhaustive(instance).Optimum();
    for (const Scheduler& scheduler : Schedulers()) {
      const Duration makespan = MakespanOf(scheduler.name, instance, seed);
      EXPECT_GE(makespan, optimum) << scheduler.name << ", seed " << seed;
      if (scheduler.bound != nullptr) {
        EXPECT_LE(Seconds(makespan),
                  Seconds(optimum) * scheduler.bound(instance.machines) * (1 + 1e-12))
            << scheduler.name << ", seed " << seed;
      }
    }
  }
}

TEST(Exhaustive, LocalSearchFindsTheOptimumOfSmallInstances) {
  for (std::uint64_t seed = 0; seed < kSmallInstances; ++seed) {
    const Instance instance = Small(seed);
    EXPECT_EQ(MakespanOf("local-search", instance, seed), Exhaustive(instance).Optimum()) << seed;
  }
}

// Two of 2m-1 down to m+1, three of m: 4m-1 where 3m is possible, exactly the bound.
TEST(LongestFirst, MeetsItsBoundOnItsWorstCase) {
  for (int machines = 2; machines <= 4; ++machines) {
    Instance instance{.demands = {}, .machines = static_cast<std::size_t>(machines)};
    for (int length = (2 * machines) - 1; length > machines; --length) {
      instance.demands.insert(instance.demands.end(), 2, std::chrono::milliseconds(length));
    }
    instance.demands.insert(instance.demands.end(), 3, std::chrono::milliseconds(machines));
    EXPECT_EQ(Exhaustive(instance).Optimum(), 3ms * machines);
    EXPECT_EQ(MakespanOf("longest-first", instance), 3ms * machines + 1ms * (machines - 1));
    EXPECT_EQ(MakespanOf("local-search", instance), 3ms * machines);
  }
}

// m(m-1) short tasks, then a long one: 2m-1 where m is possible.
TEST(LeastLoaded, MeetsItsBoundOnItsWorstCase) {
  constexpr int kMachines = 4;
  Instance instance{.demands = std::vector<Duration>(std::size_t{kMachines} * (kMachines - 1), 1ms),
                    .machines = kMachines};
  instance.demands.emplace_back(4ms);
  EXPECT_EQ(MakespanOf("least-loaded", instance), 7ms);
  EXPECT_EQ(Exhaustive(instance).Optimum(), 4ms);
  EXPECT_DOUBLE_EQ(FindByName(Schedulers(), "least-loaded")->bound(kMachines), 7.0 / 4);
}

struct Bar {
  std::string_view family;
  double most;  // mean gap to the lower bound over the seeds, percent
};

TEST(LocalSearch, KeepsToItsBars) {
  for (const Bar& bar : {Bar{"uniform", 0.8}, Bar{"lognormal", 0.1}, Bar{"lpt-worst", 0}}) {
    constexpr std::uint64_t kSeeds = 10;
    double gaps = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const Instance instance = FindByName(Families(), bar.family)->make(seed);
      const Duration makespan = MakespanOf("local-search", instance, seed);
      gaps += (Seconds(makespan) / Seconds(LowerBound(instance))) - 1;
    }
    EXPECT_LE(100 * gaps / kSeeds, bar.most) << bar.family;
  }
}

TEST(LocalSearch, IsNeverWorseThanLongestFirst) {
  for (const Family& family : Families()) {
    const Instance instance = family.make(3);
    EXPECT_LE(MakespanOf("local-search", instance), MakespanOf("longest-first", instance))
        << family.name;
  }
}

TEST(Schedulers, DoTheSameForTheSameSeed) {
  const Instance instance = FindByName(Families(), "lognormal")->make(3);
  for (const Scheduler& scheduler : Schedulers()) {
    EXPECT_EQ(scheduler.assign(instance, 5), scheduler.assign(instance, 5)) << scheduler.name;
  }
  for (const std::string_view name : {"random", "two-choices", "genetic"}) {
    EXPECT_NE(FindByName(Schedulers(), name)->assign(instance, 5),
              FindByName(Schedulers(), name)->assign(instance, 6));
  }
}

TEST(Schedulers, WorkWithOneMachineAndOneTask) {
  for (const Scheduler& scheduler : Schedulers()) {
    EXPECT_EQ(MakespanOf(scheduler.name, {{2ms, 3ms}, 1}), 5ms) << scheduler.name;
    EXPECT_EQ(MakespanOf(scheduler.name, {{2ms}, 3}), 2ms) << scheduler.name;
  }
}

TEST(Schedulers, AreNamedOnce) {
  for (const Scheduler& scheduler : Schedulers()) {
    EXPECT_EQ(&scheduler, FindByName(Schedulers(), scheduler.name));
  }
  EXPECT_EQ(FindByName(Schedulers(), "best"), nullptr);
}

TEST(RoundRobin, TakesOneMachineAfterTheOther) {
  EXPECT_THAT(FindByName(Schedulers(), "round-robin")->assign({{1ms, 1ms, 1ms, 1ms}, 3}, 1),
              ElementsAre(0, 1, 2, 0));
}

TEST(LeastLoaded, TakesTheFirstOfEquals) {
  EXPECT_THAT(FindByName(Schedulers(), "least-loaded")->assign({{2ms, 1ms, 1ms, 5ms}, 2}, 1),
              ElementsAre(0, 1, 1, 0));
}

// Machine 0 runs 4, 1 and 3 ms, machine 1 runs 2 ms.
TEST(Measure, WaitsAreForThoseBeforeOnTheMachine) {
  const Quality quality = Measure({{4ms, 2ms, 1ms, 3ms}, 2}, {0, 1, 0, 0});
  EXPECT_EQ(quality.makespan, 8ms);
  EXPECT_DOUBLE_EQ(quality.imbalance, 0.6);                    // 8 over (8 + 2) / 2
  EXPECT_DOUBLE_EQ(quality.in_order.mean, (0 + 4 + 5) / 4e3);  // 4, 1, 3
  EXPECT_DOUBLE_EQ(quality.in_order.p99, 0.005);
  EXPECT_DOUBLE_EQ(quality.shortest_first.mean, (0 + 1 + 4) / 4e3);  // 1, 3, 4
  EXPECT_DOUBLE_EQ(quality.shortest_first.p99, 0.004);
}

TEST(Measure, TheNinetyNinthOfAHundredIsTheP99) {
  const Instance instance{std::vector<Duration>(100, 1ms), 1};
  EXPECT_DOUBLE_EQ(Measure(instance, Assignment(100, 0)).in_order.p99, 0.098);
}

}  // namespace
}  // namespace berth::plan
