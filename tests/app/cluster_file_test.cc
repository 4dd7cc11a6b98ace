// The embedded cluster's file, and what becomes of its objects.
#include "cluster_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "berth/inventory/source.h"
#include "cluster_source.h"

namespace berth::app {
namespace {

using testing::ElementsAre;

constexpr char kCluster[] = R"(apiVersion: v1
kind: Node
metadata: {name: gpu-a}
status: {images: [{names: [ghcr.io/org/model:v1], sizeBytes: 16000000000}]}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ml}}
- apiVersion: serving.kserve.io/v1alpha1
  kind: LocalModelNode
  metadata: {name: gpu-a}
  status: {modelStatus: {m: ModelDownloaded}}
- {apiVersion: v1, kind: Service, metadata: {name: s}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: berth-models-gpu-a, namespace: berth}
)";

class Diary final : public kube::RawSink {
 public:
  void Begin() override { lines.emplace_back("begin"); }
  void End() override { lines.emplace_back("end"); }
  void Put(const kube::RawObject& object) override {
    lines.push_back(object.ns + "/" + object.name + " " + std::string(object.json));
  }
  void Remove(std::string_view /*ns*/, std::string_view /*name*/) override {}

  std::vector<std::string> lines;
};

TEST(ClusterFile, KeepsTheObjectsThatTellWhereModelsAre) {
  const Result<ClusterFile> file = ParseCluster(kCluster, "cluster.yaml");
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_EQ(file->nodes.size(), 1U);
  EXPECT_EQ(file->nodes[0].images.size(), 1U);
  EXPECT_EQ(file->pods.size(), 1U);
  ASSERT_EQ(file->objects.size(), 2U);
  EXPECT_EQ(file->objects[0].kind, "LocalModelNode");
  EXPECT_EQ(file->objects[1].kind, "ConfigMap");
  EXPECT_EQ(file->objects[1].ns, "berth");
  EXPECT_EQ(file->other, 1U);
}

TEST(ClusterFile, WhatIsCutOffIsToldWithItsPlace) {
  EXPECT_EQ(ParseCluster("{\"kind\": \"List\",\n\"items\": [\"a", "half.json").error().message,
            "half.json:2:13: illegal EOF in scalar");
}

TEST(EmbeddedCluster, PutsThemIntoTheSinkOfTheirKind) {
  Result<ClusterFile> file = ParseCluster(kCluster, "cluster.yaml");
  ASSERT_TRUE(file.ok());
  Result<std::unique_ptr<ClusterSource>> cluster = MakeEmbeddedCluster(std::move(file).value());
  ASSERT_TRUE(cluster.ok());
  Diary models;
  Diary volumes;
  (*cluster)->Follow({{.name = "x", .kind = "LocalModelNode", .sink = &models},
                      {.name = "y", .kind = "PersistentVolume", .sink = &volumes}});
  EXPECT_THAT(models.lines, ElementsAre("begin", testing::StartsWith("/gpu-a {"), "end"));
  EXPECT_THAT(models.lines[1], testing::HasSubstr(R"("ModelDownloaded")"));
  EXPECT_THAT(volumes.lines, ElementsAre("begin", "end"));
}

}  // namespace
}  // namespace berth::app
