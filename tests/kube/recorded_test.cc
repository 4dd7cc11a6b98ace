// What a real kube-scheduler sends: tests/golden/extender/README.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "berth/kube/decoder.h"
#include "kube/padded_json.h"
#include "testing/tests_directory.h"

namespace berth::kube {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string Recorded(const std::string& name) {
  std::ifstream file(std::string(tests::kTestsDirectory) + "/golden/extender/" + name +
                     ".request.json");
  EXPECT_TRUE(file.good()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The value of a top-level key, which is an object: the recordings are indented by four.
std::string Member(const std::string& body, const std::string& key) {
  const std::string head = "\n    \"" + key + "\": {";
  const std::size_t begin = body.find(head);
  const std::size_t end = body.find("\n    }", begin);
  EXPECT_NE(end, std::string::npos) << key;
  return body.substr(begin + head.size() - 1, end + 6 - (begin + head.size() - 1));
}

TEST(RecordedPod, IsReadAsKubeSchedulerSendsIt) {
  const Result<PodObject> pod =
      DecodePodText(Member(Recorded("nodenames-filter-after-preemption"), "Pod"));
  ASSERT_TRUE(pod.ok()) << pod.error().message;
  EXPECT_EQ(pod->ns, "default");
  EXPECT_EQ(pod->name, "high-pod-00000");
  EXPECT_EQ(pod->uid, "eb49ab81-b4b0-4752-a251-44057f028c10");
  EXPECT_EQ(pod->resource_version, "590");
  EXPECT_THAT(pod->labels, ElementsAre(Pair("app", "bench")));
  EXPECT_THAT(pod->annotations, ElementsAre(Pair("berth.dev/model", "llama-70b")));
  EXPECT_EQ(pod->scheduler_name, "default-scheduler");
  EXPECT_EQ(pod->priority, 1000);
  EXPECT_EQ(pod->nominated_node_name, "node-00001");
  EXPECT_EQ(pod->node_name, "");
  EXPECT_EQ(pod->phase, PodPhase::kPending);
  ASSERT_EQ(pod->containers.size(), 1U);
  EXPECT_EQ(pod->containers[0].name, "c");
  const Resources requests = EffectiveRequests(*pod);
  EXPECT_EQ(requests.cpu, Millicores(1000));
  EXPECT_EQ(requests.memory, ToBytes(4_GiB));
  EXPECT_THAT(requests.extended, ElementsAre(Pair("berth.dev/gpu-mem", 640)));
}

TEST(RecordedNodes, AreAListWhoseItemsHaveNoKind) {
  const PaddedJson text(Member(Recorded("fullnodes-filter"), "Nodes"));
  std::vector<NodeObject> nodes;
  const Result<ListMeta> meta = Decoder().NodeList(
      text.view(), [&](NodeObject&& node) { nodes.push_back(std::move(node)); },
      [](const Error& error) { ADD_FAILURE() << error.message; });
  ASSERT_TRUE(meta.ok()) << meta.error().message;
  ASSERT_EQ(nodes.size(), 3U);
  EXPECT_EQ(nodes[0].name, "node-00001");
  EXPECT_TRUE(nodes[0].ready);
  EXPECT_EQ(*Find(nodes[0].labels, "topology.kubernetes.io/zone"), "z1");
  EXPECT_EQ(nodes[0].allocatable.cpu, Millicores(128'000));
  EXPECT_EQ(nodes[0].allocatable.memory, ToBytes(1024_GiB));
  EXPECT_EQ(nodes[0].allocatable.pods, 250);
  EXPECT_THAT(nodes[0].allocatable.extended,
              ElementsAre(Pair("berth.dev/gpu-mem", 640), Pair("nvidia.com/gpu", 8)));
}

// A slice of the request is decoded in place: what follows it is the rest of the request.
TEST(RecordedPod, CanBeDecodedInsideTheRequest) {
  const PaddedJson body(Recorded("nodenames-filter"));
  const std::string pod = Member(std::string(body.view()), "Pod");
  const std::size_t at = body.view().find(pod);
  ASSERT_NE(at, std::string_view::npos);
  const Result<PodObject> decoded = Decoder().Pod(body.view().substr(at, pod.size()));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded->priority, 1);
}

}  // namespace
}  // namespace berth::kube
