#include <gtest/gtest.h>

#include "inventory/readings.h"
#include "testing/objects.h"

namespace berth::inventory {
namespace {

std::optional<ServedModel> Read(const kube::PodObject& pod) {
  return SourceNamed("serving-pods").read_pod(pod);
}

TEST(ServingPod, IsWhatBerthRecorded) {
  const auto served = Read(
      tests::Pod("llm-0")
          .On("gpu-a")
          .Annotation("berth.dev/model", "llama")
          .Annotation("berth.dev/model-variant", "int8")
          .Annotation("berth.dev/devices", "0")
          .Annotation("berth.dev/allocation",
                      R"({"v":1,"uid":"uid-of-llm-0","node":"gpu-a","devices":["0"],)"
                      R"("memoryMiB":8192,"cores":0,"model":"llama@int8","modelVersion":"2"})"));
  ASSERT_TRUE(served.has_value());
  EXPECT_EQ(served->model, "llama");
  EXPECT_EQ(served->variant, "int8");
  EXPECT_EQ(served->version, "2");
  EXPECT_TRUE(served->recorded);
}

TEST(ServingPod, ThatSomebodyElseBoundIsWhatItSays) {
  const auto pinned =
      Read(tests::Pod("llm-0").On("gpu-a").Annotation("berth.dev/model", "llama@int8"));
  ASSERT_TRUE(pinned.has_value());
  EXPECT_EQ(pinned->model, "llama");
  EXPECT_EQ(pinned->variant, "int8");
  EXPECT_FALSE(pinned->recorded);
  const auto open = Read(tests::Pod("llm-0").On("gpu-a").Annotation("berth.dev/model", "llama"));
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(open->variant, "");
}

TEST(ServingPod, IsNoneThatIsNotBoundOrHasEndedOrNamesNoModel) {
  EXPECT_FALSE(Read(tests::Pod("llm-0").Annotation("berth.dev/model", "llama")).has_value());
  EXPECT_FALSE(Read(tests::Pod("llm-0").On("gpu-a")).has_value());
  kube::PodObject ended = tests::Pod("llm-0").On("gpu-a").Annotation("berth.dev/model", "llama");
  ended.phase = kube::PodPhase::kSucceeded;
  EXPECT_FALSE(Read(ended).has_value());
}

}  // namespace
}  // namespace berth::inventory
