#include "builtin_classes.h"

#include <fmt/core.h>

#include <string_view>

namespace berth::device {
namespace {

// NVIDIA's MIG profiles from A30 to GB300, as they stand in resource names ('+' becomes '.').
// Source: NVIDIA/mig-parted, deployments/systemd/config-default.yaml; 7g.79gb is an older driver's
// name of 7g.80gb. A profile that is missing here can be added by the configuration.
constexpr std::string_view kMigProfiles[] = {
    "1g.5gb",     "1g.5gb.me",  "1g.6gb",      "1g.6gb.me",      "1g.10gb",     "1g.10gb.me",
    "1g.12gb",    "1g.12gb.me", "1g.18gb",     "1g.18gb.me",     "1g.20gb",     "1g.23gb",
    "1g.23gb.me", "1g.24gb",    "1g.24gb.me",  "1g.24gb-me",     "1g.24gb.gfx", "1g.24gb.me.all",
    "1g.34gb",    "1g.34gb.me", "1g.35gb",     "1g.35gb.me",     "1g.36gb",     "1g.45gb",
    "1g.47gb",    "1g.67gb",    "1g.70gb",     "2g.10gb",        "2g.12gb",     "2g.12gb.me",
    "2g.20gb",    "2g.24gb",    "2g.35gb",     "2g.36gb",        "2g.45gb",     "2g.47gb",
    "2g.48gb",    "2g.48gb-me", "2g.48gb.gfx", "2g.48gb.me.all", "2g.67gb",     "2g.70gb",
    "3g.20gb",    "3g.40gb",    "3g.47gb",     "3g.48gb",        "3g.71gb",     "3g.72gb",
    "3g.90gb",    "3g.93gb",    "3g.95gb",     "3g.135gb",       "3g.139gb",    "4g.20gb",
    "4g.24gb",    "4g.40gb",    "4g.47gb",     "4g.48gb",        "4g.71gb",     "4g.72gb",
    "4g.90gb",    "4g.93gb",    "4g.95gb",     "4g.96gb",        "4g.96gb.gfx", "4g.135gb",
    "4g.139gb",   "7g.40gb",    "7g.79gb",     "7g.80gb",        "7g.94gb",     "7g.96gb",
    "7g.141gb",   "7g.144gb",   "7g.180gb",    "7g.186gb",       "7g.189gb",    "7g.269gb",
    "7g.278gb",
};

// AMD's compute and memory partitions under mixed naming.
constexpr std::string_view kAmdPartitions[] = {
    "spx_nps1", "dpx_nps1", "dpx_nps2", "tpx_nps1", "qpx_nps1",
    "qpx_nps2", "qpx_nps4", "cpx_nps1", "cpx_nps2", "cpx_nps4",
};

// Vendors whose plugins count cards and publish no labels that describe them.
constexpr std::string_view kUnlabelled[] = {
    "habana.ai/gaudi",      "aws.amazon.com/neuron", "aws.amazon.com/neurondevice",
    "huawei.com/Ascend910", "huawei.com/Ascend310",  "huawei.com/Ascend310P",
    "cambricon.com/mlu",    "dcu.com/gpu",           "enflame.com/gcu",
    "kunlunxin.com/xpu",    "birentech.com/gpu",     "metax-tech.com/gpu",
    "vastaitech.com/va",
};

DeviceClass Mig(std::string_view profile) {
  const std::string resource = fmt::format("nvidia.com/mig-{}", profile);
  return {.resource = resource,
          .product_label = resource + ".product",
          .memory_label = resource + ".memory",
          .count_label = resource + ".count",
          .replicas_label = resource + ".replicas",
          .partition = true};
}

DeviceClass Intel(std::string_view driver) {
  return {.resource = fmt::format("gpu.intel.com/{}", driver),
          .memory_label = "gpu.intel.com/memory.max",
          .memory_unit = MemoryUnit::kBytes,
          .memory_of_node = true};
}

}  // namespace

std::vector<DeviceClass> BuiltInClasses() {
  const DeviceClass nvidia{.resource = "nvidia.com/gpu",
                           .product_label = "nvidia.com/gpu.product",
                           .memory_label = "nvidia.com/gpu.memory",
                           .count_label = "nvidia.com/gpu.count",
                           .replicas_label = "nvidia.com/gpu.replicas"};
  DeviceClass nvidia_slots = nvidia;  // time slices under a name of their own
  nvidia_slots.resource = "nvidia.com/gpu.shared";
  nvidia_slots.partition = true;

  std::vector<DeviceClass> classes = {
      nvidia,
      nvidia_slots,
      {.resource = "amd.com/gpu",
       .product_label = "amd.com/gpu.product-name",
       .memory_label = "amd.com/gpu.vram",
       .memory_unit = MemoryUnit::kGiB},
      Intel("i915"),
      Intel("xe"),
      {.resource = "google.com/tpu",
       .product_label = "cloud.google.com/gke-tpu-accelerator",
       .count_label = "cloud.google.com/gke-accelerator-count"},
      {.resource = "aws.amazon.com/neuroncore", .partition = true},
  };
  for (const std::string_view resource : kUnlabelled) {
    classes.push_back({.resource = std::string(resource)});
  }
  for (const std::string_view partition : kAmdPartitions) {
    classes.push_back({.resource = fmt::format("amd.com/{}", partition),
                       .product_label = "amd.com/gpu.product-name",
                       .partition = true});
  }
  for (const std::string_view profile : kMigProfiles) {
    classes.push_back(Mig(profile));
  }
  return classes;
}

}  // namespace berth::device
