// NVIDIA's dcgm-exporter. GPU_UTIL says that some kernel ran, and is read near 100 by a decode loop
// of one request: a bound, never a measure of capacity. The profiling fields are better, and not
// everywhere.
#include <algorithm>
#include <array>

#include "engines.h"

namespace berth::telemetry {
namespace {

constexpr double kSomeKernelRan = 0.7;

enum Metric : std::size_t { kSmActive, kEngineActive, kUtilisation };

constexpr std::array<std::string_view, 3> kMetrics = {
    "DCGM_FI_PROF_SM_ACTIVE",
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    "DCGM_FI_DEV_GPU_UTIL",
};

class DcgmExporter final : public Engine {
 public:
  std::string_view name() const override { return "dcgm-exporter"; }
  std::span<const std::string_view> metrics() const override { return kMetrics; }
  std::size_t marks() const override { return 3; }
  bool is_exporter() const override { return true; }

  EngineReading Read(PageView& page) const override {
    struct Told {
      std::array<std::optional<double>, kMetrics.size()> shares;
    };
    EngineReading reading;
    std::vector<Told> told;
    for (const Sample& sample : page.samples()) {
      const bool percent = sample.metric == kUtilisation;
      const auto share = page.AsShare(sample.value, percent ? 100 : 1);
      const std::string id = FirstLabel(sample.labels, {"UUID", "uuid"});
      const int index = SmallNumber(FirstLabel(sample.labels, {"gpu"}));
      if (!share || (id.empty() && index < 0)) {
        continue;
      }
      DeviceReading& device = DeviceOf(reading.devices, id, index);
      told.resize(reading.devices.size());
      // A partitioned device has a series per instance, a shared one a series per pod: the busiest.
      auto& known =
          told[static_cast<std::size_t>(&device - reading.devices.data())].shares[sample.metric];
      known = std::max(known.value_or(0), *share);
      device.node = FirstLabel(sample.labels, {"Hostname", "hostname"});
      SetPod(sample.labels, device);
    }
    for (std::size_t i = 0; i < told.size(); ++i) {
      const auto& [sm, engine, utilisation] = told[i].shares;
      reading.devices[i].utilisation =
          sm ? *sm : engine.value_or(kSomeKernelRan * utilisation.value_or(0));
    }
    return reading;
  }

 private:
  // Prometheus keeps the exporter's own labels as exported_* and names the exporter's pod itself.
  static void SetPod(const Labels& labels, DeviceReading& device) {
    const bool exported = labels.Has("exported_pod");
    device.pod = labels.Find(exported ? "exported_pod" : "pod").value_or("");
    device.ns = labels.Find(exported ? "exported_namespace" : "namespace").value_or("");
  }
};

}  // namespace

std::unique_ptr<const Engine> MakeDcgmExporter() { return std::make_unique<DcgmExporter>(); }

}  // namespace berth::telemetry
