#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inventory/readings.h"
#include "testing/case_name.h"

namespace berth::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// As the local-path provisioner makes them.
std::string Volume(const std::string& medium, const std::string& phase = "Bound") {
  return R"({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1"},
    "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "100Gi"},
             "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim",
                          "name": "weights", "namespace": "ml", "uid": "c-1"},
             )" +
         medium + R"(,
             "persistentVolumeReclaimPolicy": "Delete", "storageClassName": "local-path"},
    "status": {"phase": ")" +
         phase + R"("}})";
}

constexpr char kLocal[] = R"("local": {"path": "/mnt/disks/1"})";
constexpr char kAffinity[] = R"("nodeAffinity": {"required": {"nodeSelectorTerms": [
    {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In",
                           "values": ["gpu-a"]}]}]}})";

TEST(PersistentVolume, IsACopyOnTheNodesOfItsAffinity) {
  const Reading reading =
      ReadObject("persistent-volumes", "pv-1", Volume(std::string(kLocal) + "," + kAffinity));
  EXPECT_THAT(Lines(reading, {"pvc://ml/weights"}),
              ElementsAre("selected: disk, 107374182400 of pvc://ml/weights"));
  EXPECT_THAT(Lines(reading, {"pvc://ml/weights/llama/fp8"}),
              ElementsAre("selected: disk, 107374182400 of pvc://ml/weights/llama/fp8"));
  ASSERT_EQ(reading.facts.size(), 1U);
  const NodeSelector& nodes = *reading.facts[0].selector;
  const auto hostname = [](std::string_view value) {
    return [value](std::string_view key) {
      return key == "kubernetes.io/hostname" ? std::optional(value) : std::nullopt;
    };
  };
  EXPECT_TRUE(nodes.Matches("any", hostname("gpu-a")));
  EXPECT_FALSE(nodes.Matches("gpu-a", hostname("gpu-b")));
}

struct NoCopyCase {
  std::string name;
  std::string json;
};

class NoCopyTest : public testing::TestWithParam<NoCopyCase> {};

TEST_P(NoCopyTest, SaysNothing) {
  const Reading reading = ReadObject("persistent-volumes", "pv-1", GetParam().json);
  EXPECT_THAT(reading.facts, IsEmpty());
  EXPECT_THAT(reading.problems, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Rows, NoCopyTest,
    testing::Values(
        NoCopyCase{"OfTheNetwork",
                   Volume(std::string(R"("nfs": {"server": "s", "path": "/"},)") + kAffinity)},
        NoCopyCase{"WithoutAffinity", Volume(kLocal)},
        NoCopyCase{"NotBound", Volume(std::string(kLocal) + "," + kAffinity, "Released")},
        NoCopyCase{"NoClaim", std::string(R"({"spec": {)") + kLocal + "," + kAffinity +
                                  R"(}, "status": {"phase": "Bound"}})"}),
    tests::CaseName);

TEST(PersistentVolume, NamesTheFieldThatIsWrong) {
  const Reading reading =
      ReadObject("persistent-volumes", "pv-1", R"({"spec": {"capacity": {"storage": "much"}}})");
  EXPECT_THAT(reading.problems, ElementsAre("spec.capacity[storage]: 'much' is not a quantity"));
}

}  // namespace
}  // namespace berth::inventory
