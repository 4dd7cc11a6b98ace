#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inventory/readings.h"
#include "testing/objects.h"

namespace berth::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The labels that Fluid's AlluxioRuntime puts on a node with a worker.
TEST(FluidLabels, TellHowMuchOfADatasetANodeMayHold) {
  const Reading reading =
      SourceNamed("fluid").read_node(tests::Node("gpu-a")
                                         .Label("fluid.io/dataset-num", "1")
                                         .Label("fluid.io/s-alluxio-ml-llama", "true")
                                         .Label("fluid.io/s-h-alluxio-d-ml-llama", "20GiB")
                                         .Label("fluid.io/s-h-alluxio-m-ml-llama", "2GiB")
                                         .Label("fluid.io/s-h-alluxio-t-ml-llama", "22GiB")
                                         .Label("fluid.io/s-h-jindo-m-ml-none", "0B")
                                         .Label("fluid.io/s-ml-llama", "true")
                                         .Label("fluid.io/f-ml-llama", "true"));
  EXPECT_THAT(Lines(reading, {"fluid://ml/llama"}),
              ElementsAre("gpu-a: disk, 21474836480 of fluid://ml/llama",
                          "gpu-a: host, 2147483648 of fluid://ml/llama"));
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(FluidLabels, AreFoundBySourcesInsideTheDataset) {
  const Reading reading = SourceNamed("fluid").read_node(
      tests::Node("gpu-a").Label("fluid.io/s-h-juicefs-d-team-a-llama", "1GiB"));
  EXPECT_THAT(Lines(reading, {"fluid://team-a/llama/fp8"}),
              ElementsAre("gpu-a: disk, 1073741824 of fluid://team-a/llama/fp8"));
  EXPECT_THAT(Lines(reading, {"fluid://team-b/llama", "hf://team-a/llama", "fluid://x"}),
              ElementsAre(testing::HasSubstr("of " + Text(reading.facts[0].key))));
}

TEST(FluidLabels, ThatAreNoCapacityAreNamed) {
  const Reading reading = SourceNamed("fluid").read_node(
      tests::Node("gpu-a").Label("fluid.io/s-h-alluxio-m-ml-llama", "much"));
  EXPECT_THAT(reading.facts, IsEmpty());
  EXPECT_THAT(reading.problems,
              ElementsAre("label fluid.io/s-h-alluxio-m-ml-llama: 'much' is not a quantity"));
}

}  // namespace
}  // namespace berth::inventory
