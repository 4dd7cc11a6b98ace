#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "berth/core/decide.h"
#include "testing/case_name.h"
#include "testing/snapshot.h"

namespace berth::core {
namespace {

using cluster::Snapshot;
using tests::CaseName;
using tests::MakeSnapshot;

// A node's part in a decision, as short as a table needs it.
struct Part {
  float cost = 0;
  bool contended = false;
  Reason reason = Reason::kFits;
};

Part Refused() { return {.reason = Reason::kDeviceMemory}; }
Part Contended(float cost) { return {.cost = cost, .contended = true}; }

// The best is the first of the cheapest, uncontended ones before contended ones.
Decision Decided(const std::vector<Part>& parts) {
  Decision decision{.scored = true};
  for (const Part& part : parts) {
    const auto at = static_cast<std::int32_t>(decision.nodes.size());
    decision.nodes.push_back({.node = static_cast<cluster::NodeIndex>(at),
                              .reason = part.reason,
                              .contended = part.contended,
                              .cost = part.cost});
    if (part.reason != Reason::kFits) {
      continue;
    }
    ++decision.fitting;
    const auto key = [&](std::int32_t i) {
      const Part& p = parts[static_cast<std::size_t>(i)];
      return std::pair(p.contended, p.cost);
    };
    if (decision.best < 0 || key(at) < key(decision.best)) {
      decision.best = at;
    }
  }
  return decision;
}

struct LadderCase {
  std::string name;
  std::vector<Part> parts;
  std::int64_t scale;
  std::vector<std::int64_t> want;
};

class LadderTest : public ::testing::TestWithParam<LadderCase> {};

TEST_P(LadderTest, PutsTheBestAloneOnTop) {
  EXPECT_EQ(Ladder(Decided(GetParam().parts), GetParam().scale), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Scale10, LadderTest,
    ::testing::Values(
        LadderCase{"NoCandidate", {}, 10, {}},
        LadderCase{"NoneFits", {Refused(), Refused()}, 10, {0, 0}},
        LadderCase{"OneFits", {Refused(), {0.7F}}, 10, {0, 10}},
        LadderCase{"BetweenBestAndWorst", {{0.0F}, {0.5F}, {1.0F}}, 10, {10, 4, 0}},
        LadderCase{"TheRangeIsTheirsNotTheScorers", {{0.4F}, {0.5F}, {0.6F}}, 10, {10, 4, 0}},
        // Ties decide more than policies do: kube-scheduler would break them at random.
        LadderCase{"AllAlike", {{0.5F}, {0.5F}, {0.5F}}, 10, {10, 9, 9}},
        LadderCase{"TieForTheBest", {{0.9F}, {0.1F}, {0.1F}}, 10, {0, 10, 9}},
        LadderCase{"AHairWorse", {{0.5F}, {0.5000001F}, {1.0F}}, 10, {10, 8, 0}},
        LadderCase{"RefusedGetNothing", {{0.1F}, Refused(), {0.2F}}, 10, {10, 0, 0}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Contended, LadderTest,
    ::testing::Values(
        LadderCase{"BelowAllOthers", {Contended(0.0F), {0.9F}, {0.5F}}, 10, {0, 0, 10}},
        LadderCase{"TheirCostsStretchNothing",
                   {Contended(1.0F), {0.1F}, {0.2F}, {0.3F}},
                   10,
                   {0, 10, 4, 0}},
        LadderCase{
            "BestOfNothingElse", {Contended(0.5F), Contended(0.2F), Refused()}, 10, {0, 10, 0}}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    OtherScales, LadderTest,
    ::testing::Values(LadderCase{"One", {{0.0F}, {0.0F}, {1.0F}}, 1, {1, 0, 0}},
                      LadderCase{"Two", {{0.0F}, {0.0F}, {1.0F}}, 2, {2, 1, 0}},
                      LadderCase{"Hundred", {{0.0F}, {0.5F}, {1.0F}}, 100, {100, 49, 0}},
                      LadderCase{
                          "Thousand", {{0.0F}, {0.0F}, {0.5F}, {1.0F}}, 1000, {1000, 999, 499, 0}}),
    CaseName);

TEST(Ladder, OfAnUnscoredDecisionSaysNothing) {
  Decision decision = Decided({{0.0F}, {0.0F}});
  decision.scored = false;
  EXPECT_EQ(Ladder(decision, 10), (std::vector<std::int64_t>{0, 0}));
}

TEST(Ladder, KeepsTheOrderOfCostsWithinItsRange) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    std::vector<Part> parts(1 + random() % 50);
    for (Part& part : parts) {
      part = {.cost = static_cast<float>(random() % 1000) / 1000.0F,
              .contended = random() % 5 == 0,
              .reason = random() % 5 == 0 ? Reason::kDeviceCores : Reason::kFits};
    }
    const Decision decision = Decided(parts);
    for (const std::int64_t scale : {1, 10, 1000}) {
      const std::vector<std::int64_t> scores = Ladder(decision, scale);
      ASSERT_EQ(scores.size(), parts.size());
      for (std::size_t i = 0; i < scores.size(); ++i) {
        ASSERT_EQ(scores[i] == scale, static_cast<std::int32_t>(i) == decision.best);
        ASSERT_GE(scores[i], 0);
        ASSERT_LE(scores[i], scale);
        for (std::size_t j = 0; j < scores.size(); ++j) {
          const bool comparable = decision.nodes[i].fits() && decision.nodes[j].fits() &&
                                  !parts[i].contended && !parts[j].contended;
          if (comparable && parts[i].cost < parts[j].cost) {
            ASSERT_GE(scores[i], scores[j]);
          }
        }
      }
    }
  }
}

struct ZonedNode {
  std::string zone;
  Part part;
};

struct ShortlistCase {
  std::string name;
  std::vector<ZonedNode> nodes;  // named a, b, c, ...
  std::uint32_t limit;
  std::string want;  // names, best first
};

class ShortlistTest : public ::testing::TestWithParam<ShortlistCase> {};

TEST_P(ShortlistTest, KeepsTheBestAndTwoOfEachZone) {
  MakeSnapshot builder;
  std::vector<Part> parts;
  for (std::size_t i = 0; i < GetParam().nodes.size(); ++i) {
    builder.Node(std::string(1, static_cast<char>('a' + i)));
    if (!GetParam().nodes[i].zone.empty()) {
      builder.Zone(GetParam().nodes[i].zone);
    }
    parts.push_back(GetParam().nodes[i].part);
  }
  const Snapshot snapshot = builder.Build();
  const Decision decision = Decided(parts);
  std::string names;
  for (const std::uint32_t at : Shortlist(snapshot, decision, GetParam().limit)) {
    names += snapshot.names().name(decision.nodes[at].node);
  }
  EXPECT_EQ(names, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    OneZone, ShortlistTest,
    ::testing::Values(
        ShortlistCase{"NoLimit", {{"z", {0.3F}}, {"z", {0.1F}}, {"z", {0.2F}}}, 0, "bca"},
        ShortlistCase{"LimitBeyondAll", {{"z", {0.3F}}, {"z", {0.1F}}, {"z", {0.2F}}}, 9, "bca"},
        ShortlistCase{"LimitOfAll", {{"z", {0.3F}}, {"z", {0.1F}}, {"z", {0.2F}}}, 3, "bca"},
        ShortlistCase{"TwoPerZoneEvenSo", {{"z", {0.3F}}, {"z", {0.1F}}, {"z", {0.2F}}}, 1, "bc"},
        ShortlistCase{"Cut", {{"z", {0.3F}}, {"z", {0.1F}}, {"z", {0.2F}}}, 2, "bc"},
        ShortlistCase{"NoneFits", {{"z", Refused()}, {"z", Refused()}}, 1, ""},
        ShortlistCase{"RefusedAreNotListed", {{"z", Refused()}, {"z", {0.9F}}}, 1, "b"},
        ShortlistCase{"TiesByName", {{"z", {0.5F}}, {"z", {0.5F}}, {"z", {0.5F}}}, 2, "ab"},
        ShortlistCase{
            "ContendedComeLast", {{"z", Contended(0.0F)}, {"z", {0.9F}}, {"z", {0.8F}}}, 2, "cb"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Zones, ShortlistTest,
    ::testing::Values(
        ShortlistCase{"WorseZonesKeepTheirBestTwo",
                      {{"x", {0.1F}},
                       {"x", {0.2F}},
                       {"x", {0.3F}},
                       {"y", {0.9F}},
                       {"y", {0.8F}},
                       {"y", {0.7F}},
                       {"z", {0.6F}}},
                      2,
                      "abgfe"},
        ShortlistCase{"OneOfAZoneIsWithinTheLimit",
                      {{"x", {0.1F}}, {"y", {0.2F}}, {"x", {0.3F}}, {"y", {0.4F}}, {"y", {0.5F}}},
                      2,
                      "abcd"},
        ShortlistCase{"NodesWithoutAZoneAreAZone",
                      {{"x", {0.1F}}, {"x", {0.2F}}, {"", {0.9F}}, {"", {0.8F}}, {"", {0.7F}}},
                      2,
                      "abed"},
        ShortlistCase{"AZoneWhereNoneFitsHasNone",
                      {{"x", {0.1F}}, {"x", {0.2F}}, {"x", {0.3F}}, {"y", Refused()}},
                      2,
                      "ab"}),
    CaseName);

// Against the definition: sort all, keep the first `limit` and whoever is among the first two of
// its zone.
TEST(Shortlist, AgreesWithItsDefinition) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    MakeSnapshot builder;
    std::vector<Part> parts(1 + random() % 80);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      builder.Node("n" + std::to_string(i)).Zone("z" + std::to_string(random() % 5));
      parts[i] = {.cost = static_cast<float>(random() % 10) / 10.0F,
                  .contended = random() % 4 == 0,
                  .reason = random() % 4 == 0 ? Reason::kDevices : Reason::kFits};
    }
    const Snapshot snapshot = builder.Build();
    const Decision decision = Decided(parts);
    const auto limit = static_cast<std::uint32_t>(1 + random() % 20);

    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < parts.size(); ++i) {
      if (decision.nodes[i].fits()) {
        order.push_back(i);
      }
    }
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
      return Better(snapshot, decision.nodes[a], decision.nodes[b]);
    });
    std::vector<std::uint32_t> want;
    std::vector<int> in_zone(snapshot.zones().size(), 0);
    for (std::size_t place = 0; place < order.size(); ++place) {
      const bool early_in_zone =
          in_zone[snapshot.row(decision.nodes[order[place]].node).zone]++ < 2;
      if (place < limit || early_in_zone) {
        want.push_back(order[place]);
      }
    }
    ASSERT_EQ(Shortlist(snapshot, decision, limit), want);
  }
}

}  // namespace
}  // namespace berth::core
