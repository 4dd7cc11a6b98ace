#include <gtest/gtest.h>

#include <vector>

#include "berth/cluster/device.h"

namespace berth::cluster {
namespace {

std::vector<int> Members(DeviceSet set) {
  std::vector<int> members;
  set.ForEach([&](int device) { members.push_back(device); });
  return members;
}

TEST(DeviceSet, StartsEmpty) {
  EXPECT_TRUE(DeviceSet().empty());
  EXPECT_EQ(DeviceSet().size(), 0);
  EXPECT_EQ(Members(DeviceSet()), std::vector<int>());
}

TEST(DeviceSet, HasWhatWasAdded) {
  DeviceSet set;
  set.Add(0);
  set.Add(15);
  set.Add(15);
  EXPECT_TRUE(set.Has(0));
  EXPECT_FALSE(set.Has(1));
  EXPECT_TRUE(set.Has(15));
  EXPECT_EQ(set.size(), 2);
  EXPECT_EQ(Members(set), (std::vector<int>{0, 15}));
}

TEST(DeviceSet, OfTheFirstFewAndOfOne) {
  EXPECT_EQ(Members(DeviceSet::First(0)), std::vector<int>());
  EXPECT_EQ(Members(DeviceSet::First(3)), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(DeviceSet::First(kMaxDevices).size(), kMaxDevices);
  EXPECT_EQ(Members(DeviceSet::Only(0)), std::vector<int>{0});
  EXPECT_EQ(Members(DeviceSet::Only(15)), std::vector<int>{15});
}

TEST(DeviceSet, CombinesLikeASet) {
  const DeviceSet low(0b0011);
  const DeviceSet middle(0b0110);
  EXPECT_EQ(low & middle, DeviceSet(0b0010));
  EXPECT_EQ(low | middle, DeviceSet(0b0111));
  EXPECT_EQ(low - middle, DeviceSet(0b0001));
}

TEST(DeviceShare, OfAllComputeIsTheDevice) {
  EXPECT_FALSE(DeviceShare{.cores = Percent(99)}.exclusive());
  EXPECT_TRUE(DeviceShare{.cores = Percent(100)}.exclusive());
}

}  // namespace
}  // namespace berth::cluster
