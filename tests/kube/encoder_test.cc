// What is encoded is decoded to the same.
#include "berth/kube/encoder.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "berth/kube/decoder.h"
#include "kube/padded_json.h"

namespace berth::kube {
namespace {

TEST(Encoder, ANodeIsReadBackAsItWas) {
  const NodeObject node{
      .name = "gpu-a-1",
      .uid = "u-1",
      .labels = {{"berth.dev/sharing", "native"}, {"empty", ""}},
      .annotations = {{"berth.dev/device-override", R"({"product":"a \"b\"","count":2})"}},
      .allocatable = {.cpu = Millicores(63'500),
                      .memory = Bytes(std::numeric_limits<std::int64_t>::max()),
                      .pods = 110,
                      .extended = {{"nvidia.com/gpu", 7}}},
      .capacity = {.extended = {{"nvidia.com/gpu", 8}}},
      .ready = true,
      .unschedulable = true,
      .prefer_no_schedule = true};
  const Result<NodeObject> read = DecodeNodeText(EncodeNode(node));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, node);
}

TEST(Encoder, ABareNodeIsReadBackAsItWas) {
  const NodeObject node{.name = "n"};
  const Result<NodeObject> read = DecodeNodeText(EncodeNode(node));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, node);
}

TEST(Encoder, APodIsReadBackAsItWas) {
  const PodObject pod{
      .ns = "ml",
      .name = "llm-0",
      .uid = "u-1",
      .labels = {{"app", "llm"}},
      .annotations = {{"berth.dev/model", "llama-3-8b@int8"}},
      .node_name = "gpu-a-1",
      .scheduler_name = "berth",
      .priority = -7,
      .containers = {{.name = "fetch",
                      .kind = ContainerKind::kInit,
                      .requests = {.cpu = Millicores(1)}},
                     {.name = "proxy", .kind = ContainerKind::kSidecar},
                     {.name = "main",
                      .requests = {.cpu = Millicores(std::numeric_limits<std::int64_t>::max()),
                                   .memory = Bytes(1),
                                   .extended = {{"berth.dev/gpu-memory", 8192}}}}},
      .overhead = {.cpu = Millicores(250)},
      .has_pod_level_requests = true,
      .pod_level_requests = {.memory = Bytes(1 << 30)},
      .soft_constraints = true,
      .gated = true,
      .default_spread = true,
      .created = WallTime(std::chrono::seconds(1'795'497'631))};
  const Result<PodObject> read = DecodePodText(EncodePod(pod));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, pod);
}

TEST(Encoder, ABarePodIsReadBackAsItWas) {
  const PodObject pod{.name = "p"};
  const Result<PodObject> read = DecodePodText(EncodePod(pod));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(*read, pod);
}

}  // namespace
}  // namespace berth::kube
