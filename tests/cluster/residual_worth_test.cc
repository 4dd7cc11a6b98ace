#include "berth/cluster/residual_worth.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "testing/case_name.h"

namespace berth::cluster {
namespace {

using tests::CaseName;

constexpr float kRounding = 2e-6F;

struct Case {
  std::string name;
  std::vector<ShareCount> shares;
  std::map<int, float> worth;  // by parts; solved by hand
};

class ResidualWorthTest : public ::testing::TestWithParam<Case> {};

TEST_P(ResidualWorthTest, IsThatOfTheSharesThatStillGoIn) {
  const Case& row = GetParam();
  const ResidualWorth worth = WorthOfResiduals(row.shares);
  EXPECT_EQ(worth[0], 0);
  EXPECT_EQ(worth[kParts], 1);
  for (const auto& [parts, want] : row.worth) {
    EXPECT_NEAR(worth[static_cast<std::size_t>(parts)], want, kRounding) << parts << " parts";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shares, ResidualWorthTest,
    ::testing::Values(
        Case{"None", {}, {{1, 0}, {50, 0}, {99, 0}}},
        Case{"OneThatFillsADevice", {{.parts = 51, .count = 7}}, {{50, 0}, {51, 1}, {99, 1}}},
        Case{"Halves", {{.parts = 50, .count = 3}}, {{49, 0}, {50, 0.5F}, {99, 0.5F}}},
        Case{"Thirds", {{.parts = 33, .count = 1}}, {{32, 0}, {33, 1 / 3.F}, {66, 2 / 3.F}}},
        Case{"Hundredths", {{.parts = 1, .count = 1}}, {{1, 0.01F}, {37, 0.37F}}},
        // What stays beside the large ones suffices for all the small ones: those are for free.
        Case{"FewSmallBesideManyLarge",
             {{.parts = 81, .count = 100}, {.parts = 19, .count = 10}},
             {{19, 0}, {80, 0}, {81, 1}, {99, 1}}},
        // Five small ones need a device of their own: beside a large one they save a fifth of it.
        Case{"ManySmallBesideFewLarge",
             {{.parts = 81, .count = 10}, {.parts = 19, .count = 100}},
             {{18, 0}, {19, 0.2F}, {38, 0.4F}, {80, 0.8F}, {81, 0.8F}, {95, 1}}},
        // Two of 47 leave 6, of which nobody has a use.
        Case{"NearHalves",
             {{.parts = 47, .count = 10}, {.parts = 53, .count = 4}},
             {{46, 0}, {47, 0.5F}, {53, 0.5F}, {93, 0.5F}, {94, 1}}}),
    CaseName);

TEST(ResidualWorth, TheOrderOfTheSizesDoesNotMatter) {
  const std::vector<ShareCount> up = {{30, 5}, {45, 8}, {81, 20}};
  const std::vector<ShareCount> down = {{81, 20}, {45, 8}, {30, 5}};
  EXPECT_EQ(WorthOfResiduals(up), WorthOfResiduals(down));
}

std::vector<ShareCount> AnyShares(std::mt19937& random) {
  std::map<int, double> counts;
  for (int i = std::uniform_int_distribution<int>(1, 99)(random); i > 0; --i) {
    counts[std::uniform_int_distribution<int>(1, kParts - 1)(random)] =
        std::uniform_int_distribution<int>(1, 10'000)(random);
  }
  std::vector<ShareCount> shares;
  for (const auto& [parts, count] : counts) {
    shares.push_back({.parts = parts, .count = count});
  }
  return shares;
}

TEST(ResidualWorth, MoreIsWorthNoLessAndTwoPiecesNoMoreThanBothInOne) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    std::mt19937 random(seed);
    const ResidualWorth worth = WorthOfResiduals(AnyShares(random));
    for (std::size_t a = 0; a <= kParts; ++a) {
      if (a > 0) {
        ASSERT_GE(worth[a], worth[a - 1]) << "seed " << seed << ", " << a << " parts";
      }
      for (std::size_t b = 0; a + b <= kParts; ++b) {
        ASSERT_LE(worth[a] + worth[b], worth[a + b] + kRounding)
            << "seed " << seed << ", " << a << " and " << b << " parts";
      }
    }
  }
}

// The duals of the program: all shares together are worth the fewest devices that could hold them,
// and whatever is put on one device is worth no more than it.
TEST(ResidualWorth, AllSharesAreWorthNoMoreThanTheDevicesThatAnyPackingNeeds) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    const std::vector<ShareCount> shares = AnyShares(random);
    const ResidualWorth worth = WorthOfResiduals(shares);
    double all = 0;
    double alone = 0;  // sizes kept apart: some packing
    for (const ShareCount& share : shares) {
      all += static_cast<double>(worth[static_cast<std::size_t>(share.parts)]) * share.count;
      alone += share.count / (kParts / share.parts);
    }
    EXPECT_LE(all, alone * 1.0001) << "seed " << seed;
    double volume = 0;
    for (const ShareCount& share : shares) {
      volume += share.parts * share.count / kParts;
    }
    EXPECT_GE(all, volume * 0.9999) << "seed " << seed;
  }
}

}  // namespace
}  // namespace berth::cluster
