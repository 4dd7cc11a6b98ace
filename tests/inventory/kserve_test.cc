// KServe's LocalModelNode and LocalModelCache, as the API server prints them (kserve v0.15 CRDs).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inventory/readings.h"

namespace berth::inventory {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LocalModelNode, TellsWhichSourcesItsNodeHas) {
  const Reading reading = ReadObject("kserve-local-model-nodes", "gpu-a", R"({
    "apiVersion": "serving.kserve.io/v1alpha1", "kind": "LocalModelNode",
    "metadata": {"creationTimestamp": "2026-11-20T09:00:00Z", "generation": 4, "name": "gpu-a",
                 "resourceVersion": "81234", "uid": "0a3f"},
    "spec": {"localModels": [
      {"modelName": "llama-3-8b", "sourceModelUri": "hf://meta-llama/Llama-3.1-8B-Instruct"},
      {"modelName": "mixtral", "namespace": "ml", "sourceModelUri": "s3://models/mixtral"},
      {"modelName": "waits", "sourceModelUri": "gs://models/waits"},
      {"modelName": "failed", "sourceModelUri": "gs://models/failed"},
      {"modelName": "unheard-of", "sourceModelUri": "gs://models/unheard-of"}]},
    "status": {"modelStatus": {"llama-3-8b": "ModelDownloaded", "ml/mixtral": "ModelDownloading",
                               "waits": "ModelDownloadPending", "failed": "ModelDownloadError",
                               "left-over": "ModelDownloaded"}}})");
  EXPECT_THAT(Lines(reading, {"hf://meta-llama/Llama-3.1-8B-Instruct", "s3://models/mixtral"}),
              ElementsAre("gpu-a: disk, all of hf://meta-llama/Llama-3.1-8B-Instruct",
                          "gpu-a: disk, all of s3://models/mixtral, arriving in 0 s"));
  EXPECT_THAT(reading.problems, IsEmpty());
}

// The folder that KServe's agent keeps the model in has the key for its name.
TEST(LocalModelNode, CallsSourcesByTheNameOfTheirFolder) {
  const Reading reading = ReadObject("kserve-local-model-nodes", "n", R"({
    "spec": {"localModels": [{"modelName": "m", "sourceModelUri": "abc"}]},
    "status": {"modelStatus": {"m": "ModelDownloaded"}}})");
  ASSERT_EQ(reading.facts.size(), 1U);
  EXPECT_EQ(Text(reading.facts[0].key), "ba7816bf8f01cfea");
}

TEST(LocalModelNode, MayBeNew) {
  const Reading reading =
      ReadObject("kserve-local-model-nodes", "n", R"({"spec": {"localModels": []}, "status": {}})");
  EXPECT_THAT(reading.facts, IsEmpty());
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(LocalModelNode, IsLeftOutWhenItIsMalformed) {
  const Reading reading = ReadObject("kserve-local-model-nodes", "n", R"({
    "spec": {"localModels": [{"modelName": "m", "sourceModelUri": 7}]}})");
  EXPECT_THAT(reading.facts, IsEmpty());
  EXPECT_THAT(reading.problems,
              ElementsAre("spec.localModels[0].sourceModelUri: expected a string, "
                          "found 7"));
}

TEST(LocalModelCache, TellsWhichNodesHaveItsSource) {
  const Reading reading = ReadObject("kserve-local-model-caches", "llama", R"({
    "apiVersion": "serving.kserve.io/v1alpha1", "kind": "LocalModelCache",
    "metadata": {"name": "llama"},
    "spec": {"modelSize": "16Gi", "nodeGroups": ["workers"], "sourceModelUri": "hf://org/llama"},
    "status": {"copies": {"available": 1, "total": 4},
               "inferenceServices": [{"name": "chat", "namespace": "ml"}],
               "nodeStatus": {"gpu-a": "NodeDownloaded", "gpu-b": "NodeDownloading",
                              "gpu-c": "NodeDownloadPending", "gpu-d": "NodeDownloadError",
                              "gpu-e": "NodeNotReady"}}})");
  EXPECT_THAT(Lines(reading, {"hf://org/llama"}),
              ElementsAre("gpu-a: disk, all of hf://org/llama",
                          "gpu-b: disk, 17179869184 of hf://org/llama, arriving in 0 s"));
}

TEST(LocalModelCache, NamesTheFieldThatIsWrong) {
  const Reading reading = ReadObject("kserve-local-model-caches", "llama",
                                     R"({"spec": {"modelSize": "big"}, "status": {}})");
  EXPECT_THAT(reading.problems, ElementsAre("spec.modelSize: 'big' is not a quantity"));
}

}  // namespace
}  // namespace berth::inventory
