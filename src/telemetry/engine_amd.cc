// AMD's device-metrics-exporter. Names were upper case once, and may carry a prefix.
#include <algorithm>
#include <array>

#include "engines.h"

namespace berth::telemetry {
namespace {

constexpr double kSomeKernelRan = 0.7;

constexpr std::array<std::string_view, 3> kMetrics = {
    "gpu_gfx_activity",
    "amd_gpu_gfx_activity",
    "GPU_GFX_ACTIVITY",
};

class AmdExporter final : public Engine {
 public:
  std::string_view name() const override { return "amd-exporter"; }
  std::span<const std::string_view> metrics() const override { return kMetrics; }
  std::size_t marks() const override { return 3; }
  bool is_exporter() const override { return true; }

  EngineReading Read(PageView& page) const override {
    EngineReading reading;
    for (const Sample& sample : page.samples()) {
      // Activity of a partitioned device is reported for its first partition alone.
      if (sample.labels.Has("gpu_partition_id") && !sample.labels.Is("gpu_partition_id", "0")) {
        continue;
      }
      const auto share = page.AsShare(sample.value, 100);
      const int index = SmallNumber(FirstLabel(sample.labels, {"gpu_id"}));
      const std::string id = FirstLabel(sample.labels, {"gpu_uuid"});
      if (!share || (id.empty() && index < 0)) {
        continue;
      }
      DeviceReading& device = DeviceOf(reading.devices, id, index);
      device.node = FirstLabel(sample.labels, {"hostname"});
      device.ns = FirstLabel(sample.labels, {"exported_namespace", "namespace"});
      device.pod = FirstLabel(sample.labels, {"exported_pod", "pod"});
      device.utilisation = std::max(device.utilisation, kSomeKernelRan * *share);
    }
    return reading;
  }
};

}  // namespace

std::unique_ptr<const Engine> MakeAmdExporter() { return std::make_unique<AmdExporter>(); }

}  // namespace berth::telemetry
