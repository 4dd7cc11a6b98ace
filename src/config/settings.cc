#include "settings.h"

#include <array>
#include <chrono>

namespace berth::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Scheduler = Configuration::Scheduler;
using Operations = Configuration::Operations;
using GpuMemory = Configuration::GpuMemory;
using Kubernetes = Configuration::Kubernetes;
using Log = Configuration::Log;

constexpr std::int64_t kKi = 1024;
constexpr std::int64_t kMi = 1024 * kKi;
constexpr std::int64_t kGi = 1024 * kMi;
constexpr std::int64_t Ns(Duration duration) { return duration.count(); }

// In the order of the enums' values.
constexpr std::array<std::string_view, 2> kPackings = {"binpack", "spread"};
constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kLogFormats = {"json", "text"};
constexpr std::array<std::string_view, 3> kMemoryUnits = {"MiB", "GiB", "bytes"};

constexpr auto kSections = std::to_array<Section>({
    {"scheduler", "The port that kube-scheduler calls, and what is answered there."},
    {"operations", "The port of health, metrics and the operator's pages."},
    {"policy.gpuMemory",
     "How shared devices are filled: `binpack` fills what is in use already and "
     "keeps whole devices free, `spread` evens the load out."},
    {"kubernetes", "How Berth talks to the API server."},
    {"log", "What is logged to standard error, and how."},
});

constexpr auto kSettings = std::to_array<Setting<Configuration>>({
    {{.path = "scheduler.listen",
      .type = SettingType::kAddress,
      .help = "Where kube-scheduler reaches Berth."},
     Field<&Configuration::scheduler, &Scheduler::listen>()},
    {{.path = "scheduler.scoreScale",
      .type = SettingType::kCount,
      .min = 1,
      .max = 1'000'000,
      .help = "Score of the best node; the others follow below. kube-scheduler multiplies it by 10 "
              "and the extender's weight."},
     Field<&Configuration::scheduler, &Scheduler::score_scale>()},
    {{.path = "scheduler.shortlist",
      .type = SettingType::kCount,
      .min = 0,
      .max = 100'000,
      .help =
          "Answer filter with at most this many of the best nodes, at least two per zone; 0: all "
          "that fit."},
     Field<&Configuration::scheduler, &Scheduler::shortlist>()},
    {{.path = "scheduler.nameRefusedNodes",
      .type = SettingType::kFlag,
      .help = "Name refused nodes with their reason also when some nodes fit, for the sake of a "
              "second extender."},
     Field<&Configuration::scheduler, &Scheduler::name_refused_nodes>()},
    {{.path = "scheduler.maxBodySize",
      .type = SettingType::kSize,
      .min = 64 * kKi,
      .max = 4 * kGi,
      .help = "Largest request body."},
     Field<&Configuration::scheduler, &Scheduler::max_body_bytes>()},
    {{.path = "scheduler.maxTotalBodySize",
      .type = SettingType::kSize,
      .min = 64 * kKi,
      .max = 64 * kGi,
      .help = "Request bodies held at one time over all connections; at least maxBodySize."},
     Field<&Configuration::scheduler, &Scheduler::max_total_body_bytes>()},
    {{.path = "scheduler.maxNodes",
      .type = SettingType::kCount,
      .min = 1,
      .max = 1'000'000,
      .help = "Most nodes or node names in one request."},
     Field<&Configuration::scheduler, &Scheduler::max_nodes>()},
    {{.path = "scheduler.maxConnections",
      .type = SettingType::kCount,
      .min = 1,
      .max = 65'536,
      .help = "Most connections open at one time; more are answered 503."},
     Field<&Configuration::scheduler, &Scheduler::max_connections>()},
    {{.path = "scheduler.holdTTL",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(10)),
      .help = "How long a filter's expected choice steers later decisions away, unless bind or "
              "another filter for the pod comes first."},
     Field<&Configuration::scheduler, &Scheduler::hold_ttl>()},

    {{.path = "operations.listen",
      .type = SettingType::kAddress,
      .help = "Where health, metrics and the operator's pages are served."},
     Field<&Configuration::operations, &Operations::listen>()},

    {{.path = "policy.gpuMemory.node",
      .type = SettingType::kChoice,
      .choices = kPackings,
      .help = "Which node is preferred."},
     Field<&Configuration::gpu_memory, &GpuMemory::node>()},
    {{.path = "policy.gpuMemory.device",
      .type = SettingType::kChoice,
      .choices = kPackings,
      .help = "Which device of the node is preferred."},
     Field<&Configuration::gpu_memory, &GpuMemory::device>()},

    {{.path = "kubernetes.bindTimeout",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(1)),
      .help =
          "Deadline of one binding. Keep it below the extender's httpTimeout (5s when unset): a "
          "bind that outlives it leaves a false condition on the pod."},
     Field<&Configuration::kubernetes, &Kubernetes::bind_timeout>()},
    {{.path = "kubernetes.requestTimeout",
      .type = SettingType::kDuration,
      .min = Ns(milliseconds(100)),
      .max = Ns(minutes(5)),
      .help = "Deadline of any other call but a watch."},
     Field<&Configuration::kubernetes, &Kubernetes::request_timeout>()},
    {{.path = "kubernetes.watchSilence",
      .type = SettingType::kDuration,
      .min = Ns(seconds(1)),
      .max = Ns(minutes(60)),
      .help = "A watch that brings nothing for so long is taken for dead and opened again. The API "
              "server sends a bookmark about once a minute."},
     Field<&Configuration::kubernetes, &Kubernetes::watch_silence>()},
    {{.path = "kubernetes.pageSize",
      .type = SettingType::kCount,
      .min = 1,
      .max = 10'000,
      .help = "Objects per page of a list."},
     Field<&Configuration::kubernetes, &Kubernetes::page_size>()},
    {{.path = "kubernetes.wakesPerSecond",
      .type = SettingType::kDecimal,
      .min = 1,
      .max = 1'000,
      .help = "Most patches per second of the condition berth.dev/Fits, which wakes a pod that may "
              "fit now."},
     Field<&Configuration::kubernetes, &Kubernetes::wakes_per_second>()},

    {{.path = "log.level",
      .type = SettingType::kChoice,
      .choices = kLogLevels,
      .help = "Least severe level that is logged."},
     Field<&Configuration::log, &Log::level>()},
    {{.path = "log.format",
      .type = SettingType::kChoice,
      .choices = kLogFormats,
      .help = "`json`: one object per line. `text`: for reading in a terminal."},
     Field<&Configuration::log, &Log::format>()},
});

constexpr auto kDeviceClassSettings = std::to_array<Setting<DeviceClassSetting>>({
    {{.path = "resource",
      .type = SettingType::kResource,
      .required = true,
      .help = "The extended resource that stands for one whole device, such as `example.com/npu`. "
              "`berth.dev/` is Berth's own."},
     Field<&DeviceClassSetting::resource>()},
    {{.path = "productLabel",
      .type = SettingType::kLabel,
      .help = "Node label with the product name."},
     Field<&DeviceClassSetting::product_label>()},
    {{.path = "memoryLabel",
      .type = SettingType::kLabel,
      .help = "Node label with the memory of one device."},
     Field<&DeviceClassSetting::memory_label>()},
    {{.path = "countLabel",
      .type = SettingType::kLabel,
      .help = "Node label with the number of devices."},
     Field<&DeviceClassSetting::count_label>()},
    {{.path = "memoryUnit",
      .type = SettingType::kChoice,
      .choices = kMemoryUnits,
      .help = "Unit of the memory label."},
     Field<&DeviceClassSetting::memory_unit>()},
});

}  // namespace

std::span<const Section> Sections() { return kSections; }
std::span<const Setting<Configuration>> Settings() { return kSettings; }
std::span<const Setting<DeviceClassSetting>> DeviceClassSettings() { return kDeviceClassSettings; }

}  // namespace berth::config
