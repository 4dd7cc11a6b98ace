// The published runs on the openb trace, reproduced at full size: "Beware of Fragmentation" (USENIX
// ATC 2023), experiments/analysis/expected_results of hkust-adsl/kubernetes-scheduler-simulator.
// The trace is found through BERTH_TRACES (docs/quality.md). Deterministic, so no luck is involved.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "berth/base/named.h"
#include "berth/base/random.h"
#include "berth/sim/arrivals.h"
#include "berth/sim/replay.h"
#include "berth/sim/trace.h"
#include "berth_packer.h"

namespace berth::sim {
namespace {

constexpr std::array<std::uint64_t, 10> kSeeds = {42, 43, 44, 45, 46, 47, 48, 49, 50, 51};

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << "cannot read " << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

template <typename Value>
Value Get(Result<Value> result) {
  EXPECT_TRUE(result.ok()) << result.error().message;
  return *std::move(result);
}

// Empty: nobody says where the traces lie.
std::string TracesDirectory() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  const char* const directory = std::getenv("BERTH_TRACES");
  return directory == nullptr ? "" : directory;
}

// One variant of the trace, and orders of its arrivals.
class OpenB {
 public:
  explicit OpenB(std::string variant)
      : directory_(TracesDirectory() + "/openb/"),
        variant_(std::move(variant)),
        nodes_(Get(ReadTraceNodes(ReadText(directory_ + "openb_node_list_gpu_node.csv"), "nodes"))),
        pods_(Get(ReadTracePods(
            ReadText(fmt::format("{}openb_pod_list_{}.csv", directory_, variant_)), "pods"))) {}

  // The same with other pods, in orders that are drawn; they outlive the setup.
  ReplaySetup SetupOf(const std::vector<TracePod>& pods, std::uint64_t seed) const {
    constexpr int kPercent = 130;
    return {.nodes = nodes_,
            .pods = pods,
            .arrivals = InflatedArrivals(nodes_, pods, kPercent, seed),
            .ranks = Setup(42).ranks,
            .seed = seed};
  }
  const std::vector<TracePod>& pods() const { return pods_.rows; }
  const std::vector<TraceNode>& nodes() const { return nodes_; }

  ReplaySetup Setup(std::uint64_t seed) const {
    const auto text = [&](std::string_view what) {
      return ReadText(fmt::format("{}orders/{}.{}.{}.txt", directory_, variant_, seed, what));
    };
    return {.nodes = nodes_,
            .pods = pods_.rows,
            .arrivals = Get(ReadArrivals(text("arrival"), "arrival", pods_.rows.size())),
            .ranks = Get(ReadRanks(text("nodes"), "nodes", nodes_.size())),
            .seed = seed};
  }

 private:
  std::string directory_;
  std::string variant_;
  std::vector<TraceNode> nodes_;
  TracePods pods_;
};

using MakeSetup = std::function<ReplaySetup(std::uint64_t seed)>;

ReplayCurve MeanCurve(const MakeSetup& setup_of, const PackingPolicy& policy,
                      std::span<const std::uint64_t> seeds, TieRule ties) {
  std::vector<ReplayRow> rows;
  for (const std::uint64_t seed : seeds) {
    ReplaySetup setup = setup_of(seed);
    setup.ties = ties;
    rows.push_back({.policy = std::string(policy.name),
                    .seed = seed,
                    .result = Replay(setup, policy, [](std::size_t, std::size_t) {})});
  }
  return MeanOf(rows).result.curve;
}

ReplayCurve MeanCurve(const MakeSetup& setup_of, std::string_view policy,
                      std::span<const std::uint64_t> seeds, TieRule ties) {
  return MeanCurve(setup_of, *FindByName(PackingPolicies(), policy), seeds, ties);
}

ReplayCurve MeanCurve(const OpenB& trace, std::string_view policy,
                      std::span<const std::uint64_t> seeds, TieRule ties = TieRule::kLowestRank) {
  return MeanCurve([&](std::uint64_t seed) { return trace.Setup(seed); }, policy, seeds, ties);
}

// Pods of the trace, and more of those that `is_wanted` names, drawn again until they make up
// `share` of what `measure` counts.
std::vector<TracePod> WithMore(std::vector<TracePod> pods, double share,
                               const std::function<bool(const TracePod&)>& is_wanted,
                               const std::function<double(const TracePod&)>& measure) {
  std::vector<TracePod> wanted;
  double of_wanted = 0;
  double of_others = 0;
  for (const TracePod& pod : pods) {
    if (is_wanted(pod)) {
      wanted.push_back(pod);
      of_wanted += measure(pod);
    } else {
      of_others += measure(pod);
    }
  }
  Random random(1);
  while (of_wanted < share * (of_wanted + of_others)) {
    pods.push_back(wanted[random.Below(static_cast<std::uint32_t>(wanted.size()))]);
    of_wanted += measure(pods.back());
  }
  return pods;
}

double Volume(const TracePod& pod) { return static_cast<double>(pod.demand().count()); }

std::vector<TracePod> WithMorePodsOfSeveralDevices(const OpenB& trace, double share_of_volume) {
  return WithMore(
      trace.pods(), share_of_volume, [](const TracePod& pod) { return pod.devices > 1; }, &Volume);
}

std::vector<TracePod> WithMorePodsWithoutDevices(const OpenB& trace, double share_of_pods) {
  return WithMore(
      trace.pods(), share_of_pods, [](const TracePod& pod) { return pod.devices == 0; },
      [](const TracePod&) { return 1.0; });
}

// So many of the pods with devices name a model, as often each as there are devices of it.
std::vector<TracePod> WithMoreModels(const OpenB& trace, double share_of_pods) {
  std::vector<std::string> models;
  for (const TraceNode& node : trace.nodes()) {
    models.insert(models.end(), static_cast<std::size_t>(node.devices), node.model);
  }
  std::vector<TracePod> pods = trace.pods();
  Random random(1);
  for (TracePod& pod : pods) {
    if (pod.devices == 1 && random.Uniform() < share_of_pods) {
      pod.models = {models[random.Below(static_cast<std::uint32_t>(models.size()))]};
    }
  }
  return pods;
}

class ReplayBars : public testing::Test {
 protected:
  void SetUp() override {
    if (TracesDirectory().empty()) {
      GTEST_SKIP() << "BERTH_TRACES does not say where the openb trace lies";
    }
#ifndef NDEBUG
    GTEST_SKIP() << "a million decisions take minutes without optimisation";
#endif
  }
};

struct Published {
  std::string_view policy;
  double at_95 = 0;  // percent of devices allocated when so many percent have arrived
  double at_100 = 0;
  double at_130 = 0;
};

TEST_F(ReplayBars, SixPoliciesAsPublished) {
  constexpr std::array<Published, 6> kPublished = {{{"random", 85.72, 86.30, 87.47},
                                                    {"dot-product", 90.58, 90.62, 90.85},
                                                    {"gpu-clustering", 91.61, 91.65, 91.88},
                                                    {"gpu-packing", 91.74, 91.78, 92.00},
                                                    {"best-fit", 92.82, 92.86, 93.08},
                                                    {"fgd", 94.91, 95.23, 95.39}}};
  constexpr double kTolerance = 0.15;
  const OpenB trace("default");
  for (const Published& published : kPublished) {
    const ReplayCurve curve = MeanCurve(trace, published.policy, kSeeds);
    EXPECT_NEAR(curve.AllocatedAt(95).value_or(0), published.at_95, kTolerance) << published.policy;
    EXPECT_NEAR(curve.AllocatedAt(100).value_or(0), published.at_100, kTolerance)
        << published.policy;
    EXPECT_NEAR(curve.AllocatedAt(130).value_or(0), published.at_130, kTolerance)
        << published.policy;
  }
}

// Percent of the idle devices, by the same source.
TEST_F(ReplayBars, FragmentsAsPublished) {
  struct Fragments {
    std::string_view policy;
    double at_80 = 0;
    double at_90 = 0;
  };
  constexpr std::array<Fragments, 4> kPublished = {{{"fgd", 29.9, 50.0},
                                                    {"best-fit", 41.5, 74.1},
                                                    {"gpu-packing", 46.4, 83.6},
                                                    {"dot-product", 50.5, 94.2}}};
  const OpenB trace("default");
  for (const Fragments& published : kPublished) {
    const ReplayCurve curve = MeanCurve(trace, published.policy, kSeeds);
    EXPECT_NEAR(curve.FragmentedAt(80).value_or(0), published.at_80, 0.5) << published.policy;
    EXPECT_NEAR(curve.FragmentedAt(90).value_or(0), published.at_90, 0.5) << published.policy;
  }
}

// Three orders each, so farther from the ten-seed means than the default trace.
TEST_F(ReplayBars, OtherMixesAsPublished) {
  struct Mix {
    std::string variant;
    double best_fit = 0;
    double fgd = 0;
  };
  const std::array<Mix, 3> published = {
      {{"gpushare60", 89.06, 91.25}, {"gpuspec20", 88.46, 94.66}, {"multigpu20", 93.73, 95.53}}};
  const std::span<const std::uint64_t> seeds = std::span(kSeeds).first(3);
  for (const Mix& mix : published) {
    const OpenB trace(mix.variant);
    EXPECT_NEAR(MeanCurve(trace, "best-fit", seeds).AllocatedAt(100).value_or(0), mix.best_fit, 0.3)
        << mix.variant;
    EXPECT_NEAR(MeanCurve(trace, "fgd", seeds).AllocatedAt(100).value_or(0), mix.fgd, 0.3)
        << mix.variant;
  }
}

// What a scheduler loses that leaves equal nodes to chance, as kube-scheduler does. Chance itself
// moves the mean by some tenths.
TEST_F(ReplayBars, DrawnTiesCostFgdFivePoints) {
  const OpenB trace("default");
  const ReplayCurve drawn = MeanCurve(trace, "fgd", kSeeds, TieRule::kAny);
  const ReplayCurve ranked = MeanCurve(trace, "fgd", kSeeds);
  EXPECT_NEAR(ranked.AllocatedAt(100).value_or(0) - drawn.AllocatedAt(100).value_or(0), 5.0, 0.6);
}

// The packings that serve under the names of published policies. fgd learns its typical pods on the
// way, and nothing of pods without devices, which the published one counts as well.
TEST_F(ReplayBars, WhatServesUnderAPublishedNameFillsAsMuch) {
  constexpr std::array<PackingPolicy, 4> kServed = {{
      {"first-fit", "", &MakeBerth<core::Packing::kFirstFit>},
      {"best-fit", "", &MakeBerth<core::Packing::kBestFit>},
      {"dot-product", "", &MakeBerth<core::Packing::kDotProduct>},
      {"fgd", "", &MakeBerth<core::Packing::kFgd>},
  }};
  const std::span<const std::uint64_t> seeds = std::span(kSeeds).first(3);
  for (const std::string variant : {"default", "gpuspec20"}) {
    const OpenB trace(variant);
    const MakeSetup setup_of = [&](std::uint64_t seed) { return trace.Setup(seed); };
    for (const PackingPolicy& served : kServed) {
      const ReplayCurve ours = MeanCurve(setup_of, served, seeds, TieRule::kLowestRank);
      const ReplayCurve published = MeanCurve(trace, served.name, seeds);
      const double tolerance = served.name == "fgd" ? 0.4 : 0;
      for (const int arrived : {95, 100, 130}) {
        EXPECT_NEAR(ours.AllocatedAt(arrived).value_or(0),
                    published.AllocatedAt(arrived).value_or(0), tolerance)
            << variant << ", " << served.name << " at " << arrived;
      }
    }
  }
}

// Learnt from nothing during the replay, with one set of weights for all.
TEST_F(ReplayBars, FragmentationFillsMoreThanTheBestPublished) {
  const OpenB trace("default");
  EXPECT_GE(MeanCurve(trace, "fragmentation", kSeeds).AllocatedAt(100).value_or(0), 96.0);
  for (const std::uint64_t& seed : kSeeds) {
    const ReplayCurve curve = MeanCurve(trace, "fragmentation", std::span(&seed, 1));
    EXPECT_GE(curve.AllocatedAt(100).value_or(0), 96.0) << seed;
  }
}

TEST_F(ReplayBars, FragmentationIsNowhereBehindFgd) {
  const std::span<const std::uint64_t> seeds = std::span(kSeeds).first(3);
  for (const std::string variant : {"default", "gpushare60", "multigpu20", "gpuspec20"}) {
    const OpenB trace(variant);
    const ReplayCurve ours = MeanCurve(trace, "fragmentation", seeds);
    const ReplayCurve fgd = MeanCurve(trace, "fgd", seeds);
    EXPECT_GE(ours.AllocatedAt(100).value_or(0), fgd.AllocatedAt(100).value_or(100) + 0.5)
        << variant;
    for (const int arrived : {80, 85, 90, 95}) {
      EXPECT_GE(ours.AllocatedAt(arrived).value_or(0), fgd.AllocatedAt(arrived).value_or(100) - 0.3)
          << variant << " at " << arrived;
    }
  }
}

// Other clusters than the one whose trace it is.
TEST_F(ReplayBars, FragmentationIsAheadOfFgdOnMixesThatAreMade) {
  struct Mix {
    std::string name;
    std::vector<TracePod> pods;
    double ahead = 0;  // points at 100 % arrived, at the least
  };
  const OpenB trace("default");
  const std::array<Mix, 5> mixes = {{{"multi 30 %", WithMorePodsOfSeveralDevices(trace, 0.3), 0.5},
                                     {"multi 50 %", WithMorePodsOfSeveralDevices(trace, 0.5), 0.5},
                                     {"cpu 20 %", WithMorePodsWithoutDevices(trace, 0.2), 0.3},
                                     {"cpu 25 %", WithMorePodsWithoutDevices(trace, 0.25), 0.3},
                                     {"models 33 %", WithMoreModels(trace, 0.33), 0.5}}};
  const std::span<const std::uint64_t> seeds = std::span(kSeeds).first(3);
  for (const Mix& mix : mixes) {
    const MakeSetup setup = [&](std::uint64_t seed) { return trace.SetupOf(mix.pods, seed); };
    const ReplayCurve ours = MeanCurve(setup, "fragmentation", seeds, TieRule::kLowestRank);
    const ReplayCurve fgd = MeanCurve(setup, "fgd", seeds, TieRule::kLowestRank);
    EXPECT_GE(ours.AllocatedAt(100).value_or(0), fgd.AllocatedAt(100).value_or(100) + mix.ahead)
        << mix.name;
    for (const int arrived : {80, 85, 90, 95}) {
      EXPECT_GE(ours.AllocatedAt(arrived).value_or(0), fgd.AllocatedAt(arrived).value_or(100) - 0.3)
          << mix.name << " at " << arrived;
    }
  }
}

// The ledger checks each placement again, so that a replay to its end shows that none was doubled.
TEST_F(ReplayBars, BerthReplaysTheWholeTrace) {
  const OpenB trace("default");
  const std::span<const std::uint64_t> seeds = std::span(kSeeds).first(1);
  EXPECT_NEAR(MeanCurve(trace, "binpack", seeds).AllocatedAt(100).value_or(0), 91.83, 0.01);
  EXPECT_NEAR(MeanCurve(trace, "spread", seeds).AllocatedAt(100).value_or(0), 82.56, 0.01);
  EXPECT_NEAR(MeanCurve(trace, "tight", seeds).AllocatedAt(100).value_or(0), 84.79, 0.01);
}

}  // namespace
}  // namespace berth::sim
