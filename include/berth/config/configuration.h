// The one configuration file (kind: BerthConfiguration), as values that cannot be wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/base/units.h"
#include "berth/cluster/weights.h"
#include "berth/config/complaint.h"
#include "berth/core/policy.h"

namespace berth::config {

using core::Packing;
// Whether Berth places pods, or only tells what it would do beside the scheduler that does.
enum class SchedulerMode : std::uint8_t { kActive, kObserve };
// Whether Berth binds at all times, only while kube-scheduler's Lease is held by the kube-scheduler
// beside it, or only while it holds a Lease of its own.
enum class LeadershipMode : std::uint8_t { kNone, kFollow, kElect };
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
// Who may read the operations port beyond its health checks: anyone, or who the API server says.
enum class Authentication : std::uint8_t { kNone, kTokenReview };
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

using Labels = std::vector<std::pair<std::string, std::string>>;  // in the order of the text

// How the terms of a pod's score add up, and which pods that is for.
struct ProfileSetting {
  // What the worst of each term is worth in waiting time; 0 leaves the term out. As
  // core::TermWeights.
  struct Weights {
    Duration gpu_memory = std::chrono::milliseconds(1500);
    Duration batch_load = std::chrono::seconds(60);
    Duration model_placement = std::chrono::seconds(300);
  };
  struct GpuMemory {
    Packing node = Packing::kBinpack;
    Packing device = Packing::kBinpack;
  };

  std::string name;
  Weights weights;
  GpuMemory gpu_memory;
  double min_quality = 0;               // of model variants that Berth may choose by itself
  std::vector<std::string> namespaces;  // whose pods it is for
  Labels pod_labels;                    // of the pods it is for, all of them; empty: for none
};

// latency, throughput, batch: there whether the file names them or not.
std::vector<ProfileSetting> BuiltInProfiles();

// What nodes must be for certain pods: residency of data, confidential computing.
struct RequirementSetting {
  std::string name;
  Labels node_labels;              // all of these
  std::vector<std::string> zones;  // one of these; empty: any
  std::vector<std::string> namespaces;
  Labels pod_labels;  // of the pods that have it, all of them; empty: none has it by labels
};

// An inference server that Berth does not know, by the names of its metrics; empty: it has none.
struct EngineSetting {
  std::string name;
  std::string running;  // gauges, in requests
  std::string waiting;
  std::string capacity;
  std::string cache_usage;    // gauge, 0..1
  std::string queue_seconds;  // histogram or summary, without _sum and _count
  bool classic = false;       // a batch of whole requests, not of token steps
};

// A class of pods, and how many of them there usually are. They ask for shares of devices or for
// whole ones.
struct TypicalPodSetting {
  double count = 1;
  Bytes gpu_memory;  // on each shared device, as berth.dev/gpu-memory
  Percent gpu_cores;
  int gpu_count = 1;
  std::string resource;  // of whole devices, "nvidia.com/gpu"; empty: shares
  int devices = 1;
  double cpu = 0;                         // cores
  std::vector<std::string> accelerators;  // lower case; empty: any
};

// How fast weights move into nodes of a kind.
struct NodeClassSetting {
  std::string name;
  Labels node_labels;  // all must match; empty: every node
  cluster::Rates rates;
};

struct Configuration {
  struct Scheduler {
    SchedulerMode mode = SchedulerMode::kActive;
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
    bool allow_plain = false;  // without TLS beyond loopback
    struct Tls {
      std::string cert_file;  // PEM, with key_file; empty: plain
      std::string key_file;
      std::string client_ca_file;  // empty: clients show no certificate
      std::vector<std::string> allowed_client_names;
    } tls;
  } scheduler;

  struct Operations {
    std::string listen = ":7481";
    Authentication authentication = Authentication::kNone;
    bool per_device_metrics = false;
    int max_requests_per_second = 100;
    struct Tls {
      std::string cert_file;  // PEM, with key_file; empty: plain
      std::string key_file;
    } tls;
  } operations;

  struct Policy {
    std::string profile;  // of pods that no other is chosen for; empty: gpu_memory, default weights
  } policy;

  ProfileSetting::GpuMemory gpu_memory;

  struct Topology {
    std::string rack_label = "topology.berth.dev/rack";  // key of a node label; empty: no racks
  } topology;

  struct ModelCatalog {
    std::string file;  // empty: no catalog
    Duration reload_interval = std::chrono::seconds(2);
  } model_catalog;

  struct Telemetry {
    Duration interval = std::chrono::seconds(15);
    Duration timeout = std::chrono::seconds(2);  // of one scrape or query
    bool scrape_pods = true;
    std::string prometheus_url;  // empty: none is asked
    std::string prometheus_token_file;
    Duration half_life = std::chrono::seconds(60);
    Duration cutoff = std::chrono::minutes(5);
    int max_concurrent = 16;  // scrapes under way at one time
  } telemetry;

  struct Learning {
    bool bandwidth = true;     // from observed starts
    bool typical_pods = true;  // from pods that dock, beside those that are listed
  } learning;

  struct Kubernetes {
    Duration bind_timeout =
        std::chrono::seconds(4);  // below kube-scheduler's httpTimeout (5 s when unset)
    Duration request_timeout = std::chrono::seconds(10);
    Duration watch_silence = std::chrono::seconds(90);  // bookmarks come about once a minute
    int page_size = 500;
    double wakes_per_second = 10;  // patches of the condition berth.dev/Fits
  } kubernetes;

  struct Leadership {
    LeadershipMode mode = LeadershipMode::kNone;
    std::string lease_namespace;                         // empty: that of Berth's own pod
    std::string lease_name;                              // empty only without leadership
    std::string identity;                                // empty: the host's name
    Duration lease_duration = std::chrono::seconds(15);  // whole seconds
    Duration renew_deadline = std::chrono::seconds(10);
    Duration retry_period = std::chrono::seconds(2);
  } leadership;

  struct Records {
    std::string key_file;                // lines "id:base64"; empty: records are not signed
    std::string accept_unsigned_before;  // RFC 3339; empty: never
  } records;

  struct Log {
    LogLevel level = LogLevel::kInfo;
    LogFormat format = LogFormat::kJson;
  } log;

  struct DecisionLog {
    std::string file;          // "-": standard output; empty: none is written
    double refusal_ratio = 1;  // of filter calls that no node fits
    double answer_ratio = 0;   // of filter calls that some node fits
  } decision_log;

  std::vector<ProfileSetting> profiles = BuiltInProfiles();  // names are unique
  std::vector<NodeClassSetting> node_classes;                // the first that matches a node
  std::vector<RequirementSetting> requirements;              // at most kMaxRequirements
  std::vector<TypicalPodSetting> typical_pods;
  std::vector<EngineSetting> engines;  // beyond the built-in ones
  std::vector<DeviceClassSetting> device_classes;
};

// kInvalidArgument: the scheduler port would be plain beyond loopback without leave. Parsing checks
// it; to be asked again when the address comes from elsewhere.
Status CheckPlain(const Configuration::Scheduler& scheduler);

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
