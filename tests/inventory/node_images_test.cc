#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "inventory/readings.h"
#include "testing/case_name.h"

namespace berth::inventory {
namespace {

constexpr Bytes kLarge{16'000'000'000};

std::vector<std::string> ImagesFor(const std::vector<std::string>& names, Bytes size,
                                   const std::string& source) {
  kube::NodeObject node;
  node.name = "gpu-a";
  node.images = {{.names = names, .size = size}};
  std::vector<std::string> found;
  for (std::string& line : Lines(SourceNamed("node-images").read_node(node), {source})) {
    if (line.ends_with(source)) {
      found.push_back(std::move(line));
    }
  }
  return found;
}

struct ImageCase {
  std::string name;
  std::string source;  // of the catalog
  std::string image;   // as the node names it
  bool want = true;
};

class NodeImagesTest : public testing::TestWithParam<ImageCase> {};

TEST_P(NodeImagesTest, AreFoundByTheirReference) {
  const auto& [name, source, image, want] = GetParam();
  EXPECT_EQ(ImagesFor({image}, kLarge, source).size(), want ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, NodeImagesTest,
    testing::Values(
        ImageCase{"Tag", "oci://ghcr.io/org/model:v1", "ghcr.io/org/model:v1"},
        ImageCase{"OtherTag", "oci://ghcr.io/org/model:v1", "ghcr.io/org/model:v2", false},
        ImageCase{"Digest", "oci://ghcr.io/org/model@sha256:1f", "ghcr.io/org/model@sha256:1f"},
        ImageCase{"OtherDigest", "oci://ghcr.io/org/model@sha256:1f", "ghcr.io/org/model@sha256:2e",
                  false},
        ImageCase{"DigestBesideATag", "oci://ghcr.io/org/model:v1@sha256:1f",
                  "ghcr.io/org/model@sha256:1f"},
        ImageCase{"LatestIsMeant", "oci://ghcr.io/org/model", "ghcr.io/org/model:latest"},
        ImageCase{"PortIsNoTag", "oci://localhost:5000/model", "localhost:5000/model:latest"},
        ImageCase{"DockerHub", "oci://org/model:v1", "docker.io/org/model:v1"},
        ImageCase{"DockerHubLibrary", "oci://model:v1", "docker.io/library/model:v1"},
        ImageCase{"OtherRegistry", "oci://org/model:v1", "ghcr.io/org/model:v1", false},
        ImageCase{"OtherScheme", "hf://ghcr.io/org/model:v1", "ghcr.io/org/model:v1", false}),
    tests::CaseName);

TEST(NodeImages, AreWholeCopiesOnTheDisk) {
  EXPECT_THAT(ImagesFor({"ghcr.io/org/model@sha256:1f", "ghcr.io/org/model:v1"}, kLarge,
                        "oci://ghcr.io/org/model:v1"),
              testing::ElementsAre("gpu-a: disk, all of oci://ghcr.io/org/model:v1"));
}

TEST(NodeImages, ThatAreSmallHoldNoWeights) {
  const std::string source = "oci://ghcr.io/org/model:v1";
  EXPECT_EQ(ImagesFor({"ghcr.io/org/model:v1"}, Bytes(64LL << 20), source).size(), 1U);
  EXPECT_EQ(ImagesFor({"ghcr.io/org/model:v1"}, Bytes((64LL << 20) - 1), source).size(), 0U);
}

TEST(NodeImages, ThatLostTheirNameAreNone) {
  EXPECT_THAT(ImagesFor({"<none>@sha256:1f", "<none>:<none>"}, kLarge, "oci://<none>:<none>"),
              testing::IsEmpty());
}

}  // namespace
}  // namespace berth::inventory
