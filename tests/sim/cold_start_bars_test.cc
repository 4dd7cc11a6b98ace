// The experiment at full size: does it reproduce the reference, and is Berth as much better than
// what it is compared with as docs/simulation.md claims? Deterministic, so no luck is involved.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "berth/base/named.h"
#include "berth/sim/cold_start.h"

namespace berth::sim {
namespace {

// The default of `berth simulate`.
const std::vector<std::uint64_t> kSeeds = {15, 24, 56, 64, 158};

class ColdStartBars : public testing::Test {
 protected:
  static void SetUpTestSuite() {
#ifdef NDEBUG
    const std::vector<const Policy*> policies = {FindByName(Policies(), "combined"),
                                                 FindByName(Policies(), "kube-default"),
                                                 FindByName(Policies(), "locality-only")};
    for (ColdStartRow& row :
         CompareColdStart(ColdStartSettings(), policies, kSeeds, [](std::size_t, std::size_t) {})) {
      rows_[row.policy].push_back(std::move(row));
    }
#endif
  }
  void SetUp() override {
    if (rows_.empty()) {
      GTEST_SKIP() << "180,000 decisions take minutes without optimisation";
    }
  }

  static const ColdStartRow& Mean(const std::string& policy) { return rows_[policy].back(); }
  static std::map<std::string, std::vector<ColdStartRow>> rows_;  // by seed, then the mean
};

std::map<std::string, std::vector<ColdStartRow>> ColdStartBars::rows_;

TEST_F(ColdStartBars, BaselinesAreWithinTenPercentOfTheReference) {
  EXPECT_NEAR(Mean("kube-default").mean, 9.41, 0.941);
  EXPECT_NEAR(Mean("locality-only").mean, 5.26, 0.526);
}

TEST_F(ColdStartBars, MeanStartIsHalfOfKubeDefaultAndBelowLocality) {
  EXPECT_LE(Mean("combined").mean, 0.52 * Mean("kube-default").mean);
  EXPECT_LE(Mean("combined").mean, 0.95 * Mean("locality-only").mean);
}

TEST_F(ColdStartBars, SlowestPercentIsFarBelowLocality) {
  EXPECT_LE(Mean("combined").p99, 0.70 * Mean("locality-only").p99);
}

TEST_F(ColdStartBars, SeedBySeed) {
  for (std::size_t i = 0; i < kSeeds.size(); ++i) {
    const ColdStartRow& combined = rows_["combined"][i];
    const ColdStartRow& locality = rows_["locality-only"][i];
    EXPECT_GE(combined.goodput, 0.95) << kSeeds[i];
    EXPECT_GE(combined.in_time, locality.in_time) << kSeeds[i];
    EXPECT_LT(combined.mean, locality.mean) << kSeeds[i];
    EXPECT_LE(combined.p99, 0.70 * locality.p99) << kSeeds[i];
  }
}

}  // namespace
}  // namespace berth::sim
