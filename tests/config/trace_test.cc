// A trace of one's own, and what is wrong with one.
#include "berth/config/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "quantities.h"
#include "testing/case_name.h"

namespace berth::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kHead[] = "apiVersion: berth.dev/v1alpha1\nkind: Trace\n";
constexpr char kNode[] = "nodes: [{devices: 8}]\n";

TEST(ParseTrace, ReadsGroupsOfNodesAndPods) {
  const ParsedTrace trace = ParseTrace(
      std::string(kHead) +
      "nodes:\n- {name: a100, count: 4, cpu: 96, memory: 768Gi, devices: 8, model: A100 SXM}\n"
      "pods:\n- {name: chat, count: 40, cpu: 500m, memory: 16Gi, devices: 1, share: 460m,"
      " models: [A100, L40S]}\n- {cpu: 1.5}\n");
  ASSERT_TRUE(trace.ok()) << Format(trace.complaints, "trace.yaml");
  ASSERT_EQ(trace.nodes.size(), 1U);
  EXPECT_EQ(trace.nodes[0].name, "a100");
  EXPECT_EQ(trace.nodes[0].count, 4);
  EXPECT_EQ(trace.nodes[0].cpu, Millicores(96'000));
  EXPECT_EQ(trace.nodes[0].memory, Bytes(std::int64_t{768} << 30));
  EXPECT_EQ(trace.nodes[0].devices, 8);
  EXPECT_EQ(trace.nodes[0].model, "A100 SXM");
  ASSERT_EQ(trace.pods.size(), 2U);
  EXPECT_EQ(trace.pods[0].share_milli, 460);
  EXPECT_EQ(trace.pods[0].cpu, Millicores(500));
  EXPECT_THAT(trace.pods[0].models, ElementsAre("A100", "L40S"));
  EXPECT_EQ(trace.pods[1].count, 1);
  EXPECT_EQ(trace.pods[1].cpu, Millicores(1500));
  EXPECT_EQ(trace.pods[1].devices, 0);
  EXPECT_THAT(trace.pods[1].models, IsEmpty());
}

TEST(ParseTrace, AWholeShareMayBeSaidOfSeveralDevices) {
  const ParsedTrace trace =
      ParseTrace(std::string(kHead) + kNode + "pods: [{devices: 2, share: 1}]\n");
  EXPECT_TRUE(trace.ok()) << Format(trace.complaints, "trace.yaml");
}

struct Wrong {
  std::string name;
  std::string text;  // behind the head
  std::string want;  // of the first complaint, with file and place
};

class WrongTrace : public testing::TestWithParam<Wrong> {};

TEST_P(WrongTrace, IsComplainedOf) {
  const ParsedTrace trace = ParseTrace(kHead + GetParam().text);
  EXPECT_FALSE(trace.ok());
  EXPECT_THAT(Format(trace.complaints, "trace.yaml"), HasSubstr(GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongTrace,
    testing::Values(
        Wrong{"NoNodes", "pods: [{devices: 1}]\n", "nodes: is missing or empty"},
        Wrong{"NoPods", kNode, "pods: is missing or empty"},
        Wrong{"EmptyPods", std::string(kNode) + "pods: []\n", "pods: is missing or empty"},
        Wrong{"NodesAreNoList", "nodes: {devices: 8}\npods: [{devices: 1}]\n",
              "trace.yaml:3:8: nodes: found a map, expected a list of nodes"},
        Wrong{"UnknownKey", std::string(kNode) + "pods:\n- {gpus: 1}\n",
              "trace.yaml:5:4: pods[0]: unknown key \"gpus\"; known here: name, count, cpu, "},
        Wrong{"CountOfNone", std::string(kNode) + "pods: [{count: 0}]\n",
              "pods[0].count: 0 is out of range, allowed is 1 to 10000000"},
        Wrong{"TooManyDevices", "nodes: [{devices: 17}]\npods: [{devices: 1}]\n",
              "trace.yaml:3:19: nodes[0].devices: 17 is out of range, allowed is 0 to 16"},
        Wrong{"CpuIsNoAmount", std::string(kNode) + "pods: [{cpu: many}]\n",
              "expected an amount such as 2, 0.5 or 500m"},
        Wrong{"CpuTooFine", std::string(kNode) + "pods: [{cpu: 0.0001}]\n", "pods[0].cpu: "},
        Wrong{"MemoryIsNoSize", std::string(kNode) + "pods: [{memory: 16GB}]\n",
              "pods[0].memory: "},
        Wrong{"ShareOfNothing", std::string(kNode) + "pods: [{devices: 1, share: 0}]\n",
              "pods[0].share: 0 is out of range, allowed is 1m to 1"},
        Wrong{"ShareBeyondOne", std::string(kNode) + "pods: [{devices: 1, share: 46}]\n",
              "pods[0].share: 46 is out of range, allowed is 1m to 1"},
        Wrong{"ShareOfSeveral", std::string(kNode) + "pods: [{devices: 2, share: 500m}]\n",
              "pods[0].share: is a part of one device, of 2 it must be 1 or left out"},
        Wrong{"ShareWithoutDevices", std::string(kNode) + "pods: [{share: 500m}]\n",
              "pods[0].share: is a part of one device, of 0 it must be 1 or left out"},
        Wrong{"TooManyTogether", std::string(kNode) + "pods: [{count: 10000000}, {count: 1}]\n",
              "pods: are 10000001, at most 10000000"}),
    tests::CaseName);

TEST(ParseTrace, AnEmptyTextIsWrong) {
  EXPECT_FALSE(ParseTrace("").ok());
  EXPECT_FALSE(ParseTrace("apiVersion: berth.dev/v1alpha1\nkind: ModelCatalog\n").ok());
}

struct Milli {
  std::string name;
  std::string text;
  std::optional<std::int64_t> want;
};

class ParseMilliTest : public testing::TestWithParam<Milli> {};

TEST_P(ParseMilliTest, IsThousandths) { EXPECT_EQ(ParseMilli(GetParam().text), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(
    All, ParseMilliTest,
    testing::Values(Milli{"Milli", "460m", 460}, Milli{"Whole", "2", 2000},
                    Milli{"Fraction", "0.46", 460}, Milli{"LeadingPoint", ".5", 500},
                    Milli{"Finest", "0.001", 1}, Milli{"TooFine", "0.0001", std::nullopt},
                    Milli{"Empty", "", std::nullopt}, Milli{"UnitAlone", "m", std::nullopt},
                    Milli{"FractionOfMilli", "0.5m", std::nullopt},
                    Milli{"Negative", "-1", std::nullopt}, Milli{"Exponent", "1e3", std::nullopt},
                    Milli{"PointAlone", ".", std::nullopt}, Milli{"PointAtTheEnd", "1.", 1000},
                    Milli{"Largest", "9223372036854775807m", INT64_MAX},
                    Milli{"BeyondInt64", "9223372036854775808m", std::nullopt},
                    Milli{"WholeBeyondInt64", "9223372036854775", 9'223'372'036'854'775'000},
                    Milli{"WholeOverflows", "9223372036854776", std::nullopt}),
    tests::CaseName);

}  // namespace
}  // namespace berth::config
