// The one configuration file (kind: BerthConfiguration), as values that cannot be wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/config/complaint.h"

namespace berth::config {

enum class Packing : std::uint8_t { kBinpack, kSpread };
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : std::uint8_t { kJson, kText };
enum class MemoryUnit : std::uint8_t { kMiB, kGiB, kBytes };

// A vendor's whole-device resource beyond the built-in table.
struct DeviceClassSetting {
  std::string resource;       // "example.com/npu"
  std::string product_label;  // node labels; empty: not published
  std::string memory_label;
  std::string count_label;
  MemoryUnit memory_unit = MemoryUnit::kMiB;
};

struct Configuration {
  struct Scheduler {
    std::string listen = "127.0.0.1:7480";
    int score_scale = 10;  // the best node's score; 10 is what kube-scheduler expects
    // Filter returns at most this many of the best nodes; 0: all that fit. Why 32:
    // docs/performance.md.
    int shortlist = 32;
    bool name_refused_nodes = false;  // name refused nodes also when some fit
    std::size_t max_body_bytes = std::size_t{128} << 20;
    std::size_t max_total_body_bytes = std::size_t{256} << 20;
    std::size_t max_nodes = 100'000;  // names or nodes in one request
    std::size_t max_connections = 2048;
    Duration hold_ttl = std::chrono::seconds(5);
  } scheduler;

  struct Operations {
    std::string listen = ":7481";
  } operations;

  struct GpuMemory {
    Packing node = Packing::kBinpack;
    Packing device = Packing::kBinpack;
  } gpu_memory;

  struct Kubernetes {
    Duration bind_timeout =
        std::chrono::seconds(4);  // below kube-scheduler's httpTimeout (5 s when unset)
    Duration request_timeout = std::chrono::seconds(10);
    Duration watch_silence = std::chrono::seconds(90);  // bookmarks come about once a minute
    int page_size = 500;
    double wakes_per_second = 10;  // patches of the condition berth.dev/Fits
  } kubernetes;

  struct Log {
    LogLevel level = LogLevel::kInfo;
    LogFormat format = LogFormat::kJson;
  } log;

  std::vector<DeviceClassSetting> device_classes;
};

struct Parsed {
  Configuration configuration;
  std::vector<Complaint> complaints;

  bool ok() const { return !HasErrors(complaints); }  // false: `configuration` is not to be used
};

// Reads the YAML text of one document; an empty one means the defaults. All complaints at once, in
// the order of the text: unknown and duplicate keys, wrong types, values out of range or at odds
// with each other. After a syntax error that one alone. Null stands for "as if absent", as in
// Kubernetes.
Parsed ParseConfiguration(std::string_view text);

// The effective configuration as YAML that ParseConfiguration reads back to the same values.
std::string ToYaml(const Configuration& configuration);

// The table of settings as Markdown, for docs/configuration.md.
std::string SettingsReference();

}  // namespace berth::config
