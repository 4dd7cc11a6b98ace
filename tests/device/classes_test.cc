#include "berth/device/classes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace berth::device {
namespace {

TEST(ClassTable, KnowsTheVendorsByTheirResourceNames) {
  const ClassTable classes = ClassTable::BuiltIn();
  for (const std::string_view resource :
       {"nvidia.com/gpu", "nvidia.com/gpu.shared", "nvidia.com/mig-1g.5gb",
        "nvidia.com/mig-1g.10gb.me", "nvidia.com/mig-7g.278gb", "amd.com/gpu", "amd.com/cpx_nps4",
        "gpu.intel.com/i915", "gpu.intel.com/xe", "habana.ai/gaudi", "google.com/tpu",
        "aws.amazon.com/neuron", "aws.amazon.com/neuroncore", "huawei.com/Ascend910",
        "cambricon.com/mlu"}) {
    const auto id = classes.Find(resource);
    ASSERT_TRUE(id.has_value()) << resource;
    EXPECT_EQ(classes[*id].resource, resource);
  }
}

TEST(ClassTable, KnowsNothingElse) {
  const ClassTable classes = ClassTable::BuiltIn();
  for (const std::string_view resource :
       {"", "nvidia.com/gp", "nvidia.com/gpux", "nvidia.com/gpumem", "cpu", "example.com/nic",
        "berth.dev/gpu-memory"}) {
    EXPECT_FALSE(classes.Find(resource).has_value()) << resource;
  }
}

TEST(ClassTable, EveryBuiltInResourceIsThereOnce) {
  const ClassTable classes = ClassTable::BuiltIn();
  std::set<std::string> seen;
  for (const DeviceClass& kind : classes.all()) {
    EXPECT_TRUE(seen.insert(kind.resource).second) << kind.resource;
  }
  EXPECT_GT(seen.size(), 90U);
}

TEST(ClassTable, TheOperatorsClassStandsInForTheBuiltInOne) {
  const ClassTable built_in = ClassTable::BuiltIn();
  const auto classes =
      ClassTable::Create({{.resource = "example.com/npu", .memory_label = "example.com/hbm"},
                          {.resource = "nvidia.com/gpu", .product_label = "example.com/product"}});
  ASSERT_TRUE(classes.ok());
  EXPECT_EQ(classes->Find("example.com/npu"), cluster::ClassId{0});
  EXPECT_EQ((*classes)[*classes->Find("nvidia.com/gpu")].product_label, "example.com/product");
  EXPECT_EQ(classes->all().size(), built_in.all().size() + 1);
}

TEST(ClassTable, RefusesATableThatCannotBeMeant) {
  const auto refusal = [](std::vector<DeviceClass> own) {
    const auto classes = ClassTable::Create(std::move(own));
    return classes.ok() ? "none" : classes.error().message;
  };
  EXPECT_EQ(refusal({{.resource = "example.com/npu"}, {.resource = "example.com/npu"}}),
            "device class 'example.com/npu' is there twice");
  EXPECT_EQ(refusal({{.resource = "npu"}}), "device class 'npu': the resource is no domain/name");
  EXPECT_EQ(refusal({{.resource = "/npu"}}), "device class '/npu': the resource is no domain/name");
  EXPECT_EQ(refusal({{.resource = "npu/"}}), "device class 'npu/': the resource is no domain/name");
  EXPECT_EQ(refusal({{.resource = "berth.dev/gpu-memory"}}),
            "device class 'berth.dev/gpu-memory': berth.dev/ resources are shares, not devices");
}

TEST(ClassTable, HoldsAtMost250Classes) {
  const ClassTable known = ClassTable::BuiltIn();
  const std::size_t built_in = known.all().size();
  std::vector<DeviceClass> own;
  while (own.size() + built_in < kMaxTableSize) {
    own.push_back({.resource = "example.com/npu-" + std::to_string(own.size())});
  }
  const auto full = ClassTable::Create(own);
  ASSERT_TRUE(full.ok());
  EXPECT_TRUE(full->Find("vastaitech.com/va").has_value());

  own.push_back({.resource = "example.com/one-too-many"});
  EXPECT_FALSE(ClassTable::Create(own).ok());
  EXPECT_FALSE(
      ClassTable::Create(std::vector<DeviceClass>(1000, DeviceClass{.resource = "example.com/npu"}))
          .ok());
}

}  // namespace
}  // namespace berth::device
