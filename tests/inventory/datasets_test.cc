// Data that pods read is found by the same facts as weights.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inventory/rig.h"

namespace berth::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kClaim[] = "pvc://ml/imagenet/train";
constexpr char kCached[] = "fluid://ml/laion";

class DatasetsTest : public InventoryTest {
 protected:
  void SetUp() override {
    Make();
    inventory_->SetCatalog(Catalog());
  }

  static std::shared_ptr<const cluster::Catalog> Catalog(long claimed = 120'000'000'000) {
    return std::make_shared<const cluster::Catalog>(
        std::vector<cluster::Model>{}, "data",
        std::vector<cluster::Dataset>{
            {.name = "imagenet", .source = kClaim, .size = Bytes(claimed)},
            {.name = "laion", .source = kCached, .size = Bytes(300'000'000'000)}});
  }

  void Volume(const std::string& capacity) {
    PutObject("persistent-volumes", "pv-1",
              R"({"spec": {"capacity": {"storage": ")" + capacity +
                  R"("}, "local": {"path": "/mnt/disks/1"},
                     "claimRef": {"namespace": "ml", "name": "imagenet"},
                     "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                       {"key": "kubernetes.io/hostname", "operator": "In", "values": ["b"]}]}]}}},
                   "status": {"phase": "Bound"}})");
  }
};

TEST_F(DatasetsTest, AreOnTheNodeOfTheirPersistentVolume) {
  EXPECT_THAT(Copies(kClaim), IsEmpty());
  Volume("500G");
  EXPECT_THAT(Copies(kClaim), ElementsAre("b disk 120.0 GB"));
  EXPECT_THAT(Copies(kCached), IsEmpty());
}

TEST_F(DatasetsTest, ThatAreLargerThanTheirVolumeAreThereInPart) {
  Volume("100G");
  EXPECT_THAT(Copies(kClaim), ElementsAre("b disk 100.0 GB"));
  inventory_->SetCatalog(Catalog(80'000'000'000));
  EXPECT_THAT(Copies(kClaim), ElementsAre("b disk 80.0 GB"));
}

TEST_F(DatasetsTest, AreWhereFluidsLabelsSayAsFarAsTheyFit) {
  Put(tests::Node("a").Label("fluid.io/s-h-alluxio-d-ml-laion", "400GB"));
  Put(tests::Node("c").Label("fluid.io/s-h-alluxio-m-ml-laion", "64GB"));
  EXPECT_THAT(Copies(kCached), ElementsAre("a disk 300.0 GB", "c host 64.0 GB"));
  Put(tests::Node("a"));
  EXPECT_THAT(Copies(kCached), ElementsAre("c host 64.0 GB"));
}

TEST_F(DatasetsTest, AreToldByAgentsToo) {
  Agent("c", Model(kClaim, "nvme", 60'000'000'000, 120'000'000'000));
  EXPECT_THAT(Copies(kClaim), ElementsAre("c disk 60.0 GB"));
}

// Weights and data may be the same bytes: the most that anybody says they are counts.
TEST_F(DatasetsTest, AndWeightsMayHaveOneSource) {
  const auto catalog = [](long weights, long data) {
    return std::make_shared<const cluster::Catalog>(
        std::vector<cluster::Model>{
            {.name = "llama",
             .variants = {{.name = "fp16", .source = kLlama, .weights = Bytes(weights)}}}},
        "both",
        std::vector<cluster::Dataset>{{.name = "d", .source = kLlama, .size = Bytes(data)}});
  };
  Put(tests::Node("a").Label("model.berth.dev/" + Text(KeyOf(kLlama)), "nvme"));
  inventory_->SetCatalog(catalog(16'000'000'000, 20'000'000'000));
  EXPECT_THAT(Copies(), ElementsAre("a disk 20.0 GB"));
  inventory_->SetCatalog(catalog(16'000'000'000, 2'000'000'000));
  EXPECT_THAT(Copies(), ElementsAre("a disk 16.0 GB"));
}

}  // namespace
}  // namespace berth::inventory
