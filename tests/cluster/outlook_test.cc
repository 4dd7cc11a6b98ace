// What was known of nodes, once they are others.
#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <vector>

#include "berth/cluster/snapshot.h"

namespace berth::cluster {
namespace {

std::shared_ptr<const NameTable> Names(std::vector<std::string_view> names) {
  return std::make_shared<const NameTable>(names);
}

TEST(Rebased, LoadsStayWithTheirNodes) {
  auto loads = std::make_shared<LoadTable>();
  loads->names = Names({"a", "b", "c"});
  loads->nodes.resize(3);
  loads->nodes[0].load[0] = 0.1F;
  loads->nodes[1].load[0] = 0.9F;
  loads->fresh_share = 1;
  // b went and d took its index, e is new.
  const auto names = Names({"a", "d", "c", "e"});
  const Outlook outlook = Rebased({.loads = loads}, names);
  ASSERT_EQ(outlook.loads->nodes.size(), 4U);
  EXPECT_EQ(outlook.loads->names, names);
  EXPECT_FLOAT_EQ(outlook.loads->nodes[0].load[0], 0.1F);
  EXPECT_FLOAT_EQ(outlook.loads->nodes[1].load[0], 0.5F) << "nobody knows it: not idle, not full";
  EXPECT_FLOAT_EQ(outlook.loads->nodes[3].load[0], 0.5F);
  EXPECT_FLOAT_EQ(outlook.loads->fresh_share, 1);
}

TEST(Rebased, WeightsStayWithTheirNodes) {
  auto weights = std::make_shared<WeightTable>();
  weights->names = Names({"a", "b"});
  weights->rates.emplace_back();
  weights->nodes = {{.disk_queue_seconds = 1}, {.disk_queue_seconds = 2}};
  weights->copies["x"] = {{.node = 0}, {.node = 1}};
  const Outlook outlook = Rebased({.weights = weights}, Names({"a", "d"}));
  ASSERT_EQ(outlook.weights->Find("x").size(), 1U);
  EXPECT_EQ(outlook.weights->Find("x")[0].node, 0U);
  EXPECT_FLOAT_EQ(outlook.weights->loading(0).disk_queue_seconds, 1);
  EXPECT_FLOAT_EQ(outlook.weights->loading(1).disk_queue_seconds, 0);
}

TEST(Rebased, OfTheSameNodesItIsTheVerySame) {
  auto loads = std::make_shared<LoadTable>();
  loads->names = Names({"a"});
  const Outlook before{.loads = loads};
  EXPECT_EQ(Rebased(before, loads->names), before);
}

TEST(Catalog, FindsByName) {
  const Catalog catalog({{.name = "b"}, {.name = "a", .version = "1"}}, "r");
  EXPECT_EQ(catalog.Find("a")->version, "1");
  EXPECT_EQ(catalog.Find("c"), nullptr);
  EXPECT_EQ(catalog.models()[0].name, "a") << "in the order of names";
}

}  // namespace
}  // namespace berth::cluster
