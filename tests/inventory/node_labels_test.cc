#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inventory/readings.h"
#include "testing/objects.h"

namespace berth::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Reading Read(const tests::Node& node) { return SourceNamed("node-labels").read_node(node); }

std::string LabelOf(const std::string& source) { return "model.berth.dev/" + Text(KeyOf(source)); }

TEST(NodeLabels, NameTheNearestTier) {
  const Reading reading = Read(tests::Node("gpu-a")
                                   .Label("kubernetes.io/hostname", "gpu-a")
                                   .Label(LabelOf("hf://a"), "gpu")
                                   .Label(LabelOf("hf://b"), "host")
                                   .Label(LabelOf("hf://c"), "nvme")
                                   .Label(LabelOf("hf://d"), "peer")
                                   .Label(LabelOf("hf://e"), "staging"));
  EXPECT_THAT(
      Lines(reading, {"hf://a", "hf://b", "hf://c", "hf://d", "hf://e"}),
      ElementsAre("gpu-a: device, all of hf://a", "gpu-a: host, all of hf://b",
                  "gpu-a: disk, all of hf://c", "gpu-a: disk, all of hf://e, arriving in 0 s"));
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(NodeLabels, ThatAreMalformedAreLeftOutAndNamed) {
  const Reading reading = Read(tests::Node("gpu-a")
                                   .Label("model.berth.dev/llama", "nvme")
                                   .Label(LabelOf("hf://a"), "ssd")
                                   .Label(LabelOf("hf://b"), "nvme"));
  EXPECT_THAT(Lines(reading, {"hf://b"}), ElementsAre("gpu-a: disk, all of hf://b"));
  EXPECT_THAT(reading.problems,
              ElementsAre("label model.berth.dev/llama: expected 16 hexadecimal digits after '/'",
                          "label " + LabelOf("hf://a") +
                              ": 'ssd' is none of gpu, host, nvme, peer, staging"));
}

TEST(NodeLabels, AreReadUpToTheSixtyFourth) {
  tests::Node node("gpu-a");
  for (int i = 0; i < 66; ++i) {
    node.Label(LabelOf("hf://" + std::to_string(i)), "nvme");
  }
  const Reading reading = Read(node);
  EXPECT_EQ(reading.facts.size(), 64U);
  EXPECT_EQ(reading.problems.size(), 1U);
}

}  // namespace
}  // namespace berth::inventory
