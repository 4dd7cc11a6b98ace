// Nodes and pods as the API server shows them, in a few words.
#pragma once

#include <string>

#include <fmt/format.h>

#include "berth/device/read.h"
#include "berth/kube/objects.h"

namespace berth::state {

// `gpus` devices of `memory` on a native shared node.
inline kube::NodeObject SharedNode(std::string name, int gpus, MiB memory) {
  kube::NodeObject node{.name = std::move(name), .ready = true};
  node.labels = {{std::string(device::kSharingLabel), "native"},
                 {"nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB"},
                 {"nvidia.com/gpu.count", std::to_string(gpus)},
                 {"nvidia.com/gpu.memory", std::to_string(memory.count())}};
  node.allocatable = {
      .cpu = Millicores(64'000), .memory = Bytes(std::int64_t{512} << 30), .pods = 110};
  return node;
}

inline kube::NodeObject WholeNode(std::string name, int gpus) {
  kube::NodeObject node{.name = std::move(name), .ready = true};
  node.labels = {{"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"},
                 {"nvidia.com/gpu.count", std::to_string(gpus)},
                 {"nvidia.com/gpu.memory", "81559"}};
  node.allocatable = {
      .cpu = Millicores(64'000), .memory = Bytes(std::int64_t{512} << 30), .pods = 110};
  node.allocatable.extended = {{"nvidia.com/gpu", gpus}};
  return node;
}

inline kube::PodObject Pod(std::string name) {
  return {.ns = "ml", .name = name, .uid = "uid-" + name, .containers = {{.name = "main"}}};
}

inline kube::PodObject SharePod(std::string name, MiB memory, int cores = 0, int count = 1) {
  kube::PodObject pod = Pod(std::move(name));
  auto& extended = pod.containers.front().requests.extended;
  extended = {{std::string(device::kGpuMemory), memory.count()},
              {std::string(device::kGpuCount), count}};
  if (cores > 0) {
    extended.emplace_back(device::kGpuCores, cores);
  }
  return pod;
}

inline kube::PodObject WholePod(std::string name, int gpus) {
  kube::PodObject pod = Pod(std::move(name));
  pod.containers.front().requests.extended = {{"nvidia.com/gpu", gpus}};
  return pod;
}

}  // namespace berth::state
