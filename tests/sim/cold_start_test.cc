#include "berth/sim/cold_start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <vector>

#include "berth/base/named.h"
#include "berth/sim/cold_start_report.h"
#include "berth/sim/event_queue.h"
#include "testing/golden.h"

namespace berth::sim {
namespace {

using cluster::Tier;
using namespace std::chrono_literals;

constexpr std::size_t kHost = static_cast<std::size_t>(Tier::kHost);
constexpr std::size_t kDisk = static_cast<std::size_t>(Tier::kDisk);
constexpr std::size_t kRemote = static_cast<std::size_t>(Tier::kRemote);

void Ignore(std::size_t /*done*/, std::size_t /*all*/) {}

// --- The workload.

TEST(ColdStartWorkload, HasAboutAsManyStartsAsAskedFor) {
  const ColdStartSettings settings;
  double starts = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    starts += static_cast<double>(MakeColdStartWorkload(settings, seed).starts.size()) / 8;
  }
  EXPECT_NEAR(starts, settings.starts, 0.1 * settings.starts);
}

TEST(ColdStartWorkload, StartsAreInOrderAndWithinBounds) {
  const ColdStartSettings settings;
  const ColdStartWorkload workload = MakeColdStartWorkload(settings, 7);
  ASSERT_EQ(workload.models.size(), 96U);
  EXPECT_TRUE(std::ranges::is_sorted(workload.starts, {}, &ReplicaStart::at));
  for (const ReplicaStart& start : workload.starts) {
    const double mean = settings.classes[workload.models[start.model].model_class].compute;
    ASSERT_GE(start.life, 20s);
    ASSERT_GE(start.compute, 0.5 * mean);
    ASSERT_LT(start.compute, 1.5 * mean);
  }
  for (const auto& nodes : workload.on_disk) {
    EXPECT_EQ(std::set(nodes.begin(), nodes.end()).size(), 2U);
  }
}

// Lives alone would take the wanted share of the memory.
TEST(ColdStartWorkload, TakesTheWantedShareOfTheMemory) {
  ColdStartSettings settings;
  settings.starts = 60'000;
  settings.gap_cv = 1;
  const ColdStartWorkload workload = MakeColdStartWorkload(settings, 7);
  double taken = 0;  // MiB seconds
  for (const ReplicaStart& start : workload.starts) {
    const ModelClass& of = settings.classes[workload.models[start.model].model_class];
    taken += static_cast<double>(of.memory.count()) * of.devices * Seconds(start.life);
  }
  const double capacity = 16 * 8 * 80 * 1024;
  EXPECT_NEAR(taken / capacity / Seconds(workload.starts.back().at), settings.use, 0.02);
}

// Four times the mean, where a Poisson process has once.
TEST(ColdStartWorkload, StartsOfAModelComeInBursts) {
  ColdStartSettings settings;
  settings.starts = 60'000;
  const ColdStartWorkload workload = MakeColdStartWorkload(settings, 7);
  std::vector<double> gaps;
  Duration last{};
  for (const ReplicaStart& start : workload.starts) {
    if (start.model == 0) {
      gaps.push_back(Seconds(start.at - last));
      last = start.at;
    }
  }
  double mean = 0;
  double squares = 0;
  for (const double gap : gaps) {
    mean += gap / static_cast<double>(gaps.size());
    squares += gap * gap / static_cast<double>(gaps.size());
  }
  EXPECT_NEAR(std::sqrt(squares - (mean * mean)) / mean, 4, 0.4);
}

TEST(ColdStartWorkload, SeedsDiffer) {
  const ColdStartSettings settings;
  EXPECT_NE(MakeColdStartWorkload(settings, 1).starts.back().at,
            MakeColdStartWorkload(settings, 2).starts.back().at);
}

// --- The world, by hand: one node, models of 12 GB on one device of 80 GiB.

ColdStartSettings OneNode(int devices) {
  ColdStartSettings settings;
  settings.fleet.nodes = 1;
  settings.fleet.devices = devices;
  settings.classes = {{.share = 1, .weights = Bytes(12'000'000'000), .memory = 50_GiB}};
  settings.warm_up = 0;
  return settings;
}

ColdStartWorkload Starts(std::vector<ReplicaStart> starts, bool on_disk) {
  return {.models = {{.popularity = 1}},
          .on_disk = {on_disk ? std::vector<std::uint32_t>{0} : std::vector<std::uint32_t>{}},
          .starts = std::move(starts)};
}

ColdStartRow RunOne(const ColdStartSettings& settings, const ColdStartWorkload& workload,
                    std::string_view policy = "random") {
  return RunColdStart(settings, workload, *FindByName(Policies(), policy), 1);
}

TEST(ColdStart, AStartIsTheLoadAndTheEngine) {
  const ColdStartRow row =
      RunOne(OneNode(1), Starts({{.at = 5s, .life = 10s, .compute = 0.5}}, true));
  EXPECT_DOUBLE_EQ(row.mean, 2.0 + 2);
  EXPECT_DOUBLE_EQ(row.from[kDisk], 1);
  EXPECT_DOUBLE_EQ(row.in_time, 1) << "2 s + 2 x 2 s are allowed";
  EXPECT_DOUBLE_EQ(row.goodput, 1);
}

TEST(ColdStart, AfarTakesLongerThanTheSlo) {
  const ColdStartRow row =
      RunOne(OneNode(1), Starts({{.at = 5s, .life = 10s, .compute = 0.5}}, false));
  EXPECT_DOUBLE_EQ(row.mean, 9.6 + 2);
  EXPECT_DOUBLE_EQ(row.from[kRemote], 1);
  EXPECT_DOUBLE_EQ(row.in_time, 0);
  EXPECT_DOUBLE_EQ(row.goodput, 0);
}

// The first is ready at 4 s and gone at 14 s; the second came at 1 s and finds warm weights.
TEST(ColdStart, WhoFindsNoRoomWaitsForTheNextToLeave) {
  const ColdStartRow row = RunOne(OneNode(1), Starts({{.at = 0s, .life = 10s, .compute = 0.5},
                                                      {.at = 1s, .life = 10s, .compute = 0.5}},
                                                     true));
  EXPECT_DOUBLE_EQ(row.p50, 4);
  EXPECT_DOUBLE_EQ(row.p99, 13 + 0.6 + 2);
  EXPECT_DOUBLE_EQ(row.mean, (4 + 15.6) / 2);
  EXPECT_DOUBLE_EQ(row.from[kHost], 0.5);
}

TEST(ColdStart, WhoCameFirstIsPlacedFirst) {
  const ColdStartRow row = RunOne(OneNode(1), Starts({{.at = 0s, .life = 10s, .compute = 0.5},
                                                      {.at = 1s, .life = 10s, .compute = 0.5},
                                                      {.at = 2s, .life = 10s, .compute = 0.5}},
                                                     true));
  EXPECT_DOUBLE_EQ(row.p50, 15.6);
  EXPECT_DOUBLE_EQ(row.p99, 14 + 12.6 - 2 + 0.6 + 2) << "the last, not the second";
}

TEST(ColdStart, AReplicaBesideTooManyOthersIsNoGoodput) {
  ColdStartSettings settings = OneNode(1);
  settings.classes[0].memory = 24_GiB;
  const ColdStartWorkload workload = Starts({{.at = 0s, .life = 100s, .compute = 0.4},
                                             {.at = 10s, .life = 10s, .compute = 0.5},
                                             {.at = 11s, .life = 10s, .compute = 0.2},
                                             {.at = 300s, .life = 10s, .compute = 0.9}},
                                            true);
  const ColdStartRow row = RunOne(settings, workload);
  EXPECT_DOUBLE_EQ(row.in_time, 1);
  EXPECT_DOUBLE_EQ(row.goodput, 0.25) << "three shared 1.1 of a device for a while";
}

// Combined books compute, so the third waits instead.
TEST(ColdStart, CombinedPromisesNoComputeTwice) {
  ColdStartSettings settings = OneNode(1);
  settings.classes[0].memory = 24_GiB;
  const ColdStartWorkload workload = Starts({{.at = 0s, .life = 100s, .compute = 0.4},
                                             {.at = 10s, .life = 10s, .compute = 0.5},
                                             {.at = 11s, .life = 10s, .compute = 0.2}},
                                            true);
  const ColdStartRow row = RunOne(settings, workload, "combined");
  EXPECT_DOUBLE_EQ(row.p99, 1.6 + 10 + 0.6 + 2);
  EXPECT_NEAR(row.goodput, 2.0 / 3, 1e-9);
}

TEST(ColdStart, TheWarmUpIsNotCounted) {
  ColdStartSettings settings = OneNode(1);
  settings.warm_up = 0.5;
  const ColdStartRow row = RunOne(settings, Starts({{.at = 0s, .life = 10s, .compute = 0.5},
                                                    {.at = 100s, .life = 10s, .compute = 0.5}},
                                                   false));
  EXPECT_DOUBLE_EQ(row.mean, 0.6 + 2);
}

TEST(ColdStart, NothingToStartIsNoError) {
  EXPECT_DOUBLE_EQ(RunOne(OneNode(1), Starts({}, true)).mean, 0);
}

TEST(ColdStart, TheMeanIsOfEachColumn) {
  std::vector<ColdStartRow> rows(2);
  rows[0] = {.policy = "x", .seed = 1, .mean = 2, .p99 = 10, .goodput = 0.5};
  rows[1] = {.policy = "x", .seed = 2, .mean = 4, .p99 = 30, .goodput = 1};
  const ColdStartRow mean = MeanOf(rows);
  EXPECT_EQ(mean.seed, std::nullopt);
  EXPECT_DOUBLE_EQ(mean.mean, 3);
  EXPECT_DOUBLE_EQ(mean.p99, 20);
  EXPECT_DOUBLE_EQ(mean.goodput, 0.75);
}

// --- What is printed.

std::vector<ColdStartRow> TinyRun() {
  ColdStartSettings settings;
  settings.starts = 300;
  settings.gap_cv = 1;
  std::vector<const Policy*> policies;
  for (const Policy& policy : Policies()) {
    policies.push_back(&policy);
  }
  const std::vector<std::uint64_t> seeds = {1, 2};
  return CompareColdStart(settings, policies, seeds, &Ignore);
}

TEST(ColdStartReport, IsWhatItWas) {
  const std::vector<ColdStartRow> rows = TinyRun();
  EXPECT_TRUE(tests::MatchesGolden(ColdStartTable(rows), "golden/sim/cold_start.txt"));
  EXPECT_TRUE(tests::MatchesGolden(ColdStartJson(rows), "golden/sim/cold_start.json"));
  EXPECT_TRUE(tests::MatchesGolden(ColdStartCsv(rows), "golden/sim/cold_start.csv"));
  EXPECT_TRUE(tests::MatchesGolden(ColdStartChart(rows), "golden/sim/cold_start.svg"));
}

TEST(ColdStartReport, SameSeedsSameBytes) {
  EXPECT_EQ(ColdStartJson(TinyRun()), ColdStartJson(TinyRun()));
}

TEST(ColdStart, SaysHowFarItIs) {
  ColdStartSettings settings;
  settings.starts = 100;
  const std::vector<const Policy*> policies = {FindByName(Policies(), "random"),
                                               FindByName(Policies(), "binpack")};
  const std::vector<std::uint64_t> seeds = {1, 2};
  std::vector<std::pair<std::size_t, std::size_t>> seen;
  CompareColdStart(settings, policies, seeds,
                   [&](std::size_t done, std::size_t all) { seen.emplace_back(done, all); });
  EXPECT_THAT(seen, testing::ElementsAre(std::pair(0, 4), std::pair(1, 4), std::pair(2, 4),
                                         std::pair(3, 4), std::pair(4, 4)));
}

}  // namespace
}  // namespace berth::sim
