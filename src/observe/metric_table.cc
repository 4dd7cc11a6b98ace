#include "berth/observe/metric_table.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "berth/core/reason.h"
#include "label_values.h"

namespace berth::observe {
namespace {

// Both SLO bounds stand in each: 0.1 s for calls of kube-scheduler, and the API server's second.
constexpr auto kCallSeconds = std::to_array<double>(
    {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5});
constexpr auto kApiSeconds =
    std::to_array<double>({0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10});

// From a model in host memory to one behind a slow network.
constexpr auto kStartSeconds =
    std::to_array<double>({1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 2400});

constexpr MetricLabel kVerb{"verb", kVerbs};
constexpr MetricLabel kResult{"result", kCallResults};
constexpr MetricLabel kResource{"resource", kCacheResources};
constexpr MetricLabel kApiVerb{"verb", kApiVerbs};

// "none", then why nodes are refused, by core::Reason.
std::span<const std::string_view> ReasonsOrNone() {
  static const auto codes_by_reason = [] {
    std::array<std::string_view, core::kReasonCount> codes{"none"};
    for (std::size_t i = 1; i < codes.size(); ++i) {
      codes[i] = core::Code(static_cast<core::Reason>(i));
    }
    return codes;
  }();
  return codes_by_reason;
}

constexpr auto kByVerb = std::to_array({kVerb});
constexpr auto kByVerbAndResult = std::to_array({kVerb, kResult});
constexpr auto kByRejection = std::to_array({MetricLabel{"reason", kRejections}});
constexpr auto kByPlacement = std::to_array({MetricLabel{"outcome", kPlacementOutcomes}});
constexpr auto kByWake = std::to_array({MetricLabel{"result", kWakeResults}});
constexpr auto kByObserved = std::to_array({MetricLabel{"outcome", kObservedOutcomes}});
constexpr auto kByObservedDecision = std::to_array({MetricLabel{"decision", kObservedDecisions}});
constexpr auto kByPodState = std::to_array({MetricLabel{"state", kPodStates}});
constexpr auto kByProofFault = std::to_array({MetricLabel{"reason", kProofFaults}});
constexpr auto kByOfferedMode = std::to_array({MetricLabel{"mode", kOfferedModes}});
constexpr auto kByMode = std::to_array({MetricLabel{"mode", kNodeModes}});
constexpr auto kByResource = std::to_array({kResource});
constexpr auto kByRestart = std::to_array({kResource, MetricLabel{"reason", kRestartReasonNames}});
constexpr auto kByApiCall = std::to_array(
    {kApiVerb, MetricLabel{"resource", kApiResources}, MetricLabel{"code", kApiCodes}});
constexpr auto kByApiVerb = std::to_array({kApiVerb});
constexpr auto kByFreshness = std::to_array({MetricLabel{"state", kFreshness}});
constexpr auto kByScrapeResult = std::to_array({MetricLabel{"result", kScrapeResultNames}});
constexpr auto kByLevel = std::to_array({MetricLabel{"level", kLogLevelNames}});
constexpr auto kByBuild = std::to_array(
    {MetricLabel{"version", {}}, MetricLabel{"revision", {}}, MetricLabel{"compiler", {}}});
constexpr auto kByHash = std::to_array({MetricLabel{"hash", {}}});
constexpr auto kByTier = std::to_array({MetricLabel{"tier", kTiers}});
constexpr auto kBySource = std::to_array({MetricLabel{"source", {}}});
constexpr auto kByGpuModel = std::to_array({MetricLabel{"gpu_model", {}}});
constexpr auto kByGpuModelAndState =
    std::to_array({MetricLabel{"gpu_model", {}}, MetricLabel{"state", kResourceStates}});
constexpr auto kByUse = std::to_array({MetricLabel{"use", {}}});
constexpr auto kByNode = std::to_array({MetricLabel{"node", {}}});
constexpr auto kByDevice = std::to_array({MetricLabel{"node", {}}, MetricLabel{"gpu", {}}});
constexpr auto kByDeviceAndState = std::to_array(
    {MetricLabel{"node", {}}, MetricLabel{"gpu", {}}, MetricLabel{"state", kResourceStates}});
constexpr auto kByNodeAndState =
    std::to_array({MetricLabel{"node", {}}, MetricLabel{"state", kResourceStates}});

using enum MetricType;

std::vector<MetricSpec> MakeTable() {
  static const auto by_reason = std::to_array({MetricLabel{"reason", ReasonsOrNone().subspan(1)}});
  static const auto by_decision = std::to_array(
      {MetricLabel{"outcome", kDecisionOutcomes}, MetricLabel{"reason", ReasonsOrNone()}});
  return {
      // The scheduler's door.
      {.name = "berth_webhook_requests_total",
       .type = kCounter,
       .labels = kByVerbAndResult,
       .help = "Calls of kube-scheduler answered, by verb and result."},
      {.name = "berth_webhook_request_duration_seconds",
       .type = kHistogram,
       .labels = kByVerb,
       .bounds = kCallSeconds,
       .help = "Time from a call's last byte to its answer."},
      {.name = "berth_webhook_inflight_requests",
       .type = kGauge,
       .labels = kByVerb,
       .help = "Calls in progress."},
      {.name = "berth_webhook_rejected_total",
       .type = kCounter,
       .labels = kByRejection,
       .help = "Requests turned away before they were evaluated, by reason."},
      {.name = "berth_webhook_connections",
       .type = kGauge,
       .help = "Connections open on the scheduler port."},
      {.name = "berth_webhook_connections_accepted_total",
       .type = kCounter,
       .help = "Connections accepted on the scheduler port."},

      // Decisions and what came of them.
      {.name = "berth_decisions_total",
       .type = kCounter,
       .labels = by_decision,
       .help = "Decisions by outcome; refused ones by the reason that most nodes gave."},
      {.name = "berth_filter_rejected_nodes_total",
       .type = kCounter,
       .labels = by_reason,
       .help = "Nodes rejected by filter, by reason code."},
      {.name = "berth_unplaceable_pods",
       .type = kGauge,
       .labels = by_reason,
       .help = "Pods that wait because no node fits, by reason code."},
      {.name = "berth_placements_total",
       .type = kCounter,
       .labels = kByPlacement,
       .help = "Binds by outcome."},
      {.name = "berth_wakes_total",
       .type = kCounter,
       .labels = kByWake,
       .help = "Writes of the pod condition berth.dev/Fits, which wake a refused pod, by result."},
      {.name = "berth_observed_pods_total",
       .type = kCounter,
       .labels = kByObserved,
       .help = "Pods that others placed while Berth only observes, by what it would have done."},
      {.name = "berth_observed_waiting_pods",
       .type = kGauge,
       .labels = kByObservedDecision,
       .help = "Pods that wait for others to place them while Berth only observes, by whether it "
               "has a node for them."},

      // The ledger.
      {.name = "berth_ledger_pods",
       .type = kGauge,
       .labels = kByPodState,
       .help = "Pods known, by the state of their allocation."},
      {.name = "berth_ledger_doubtful_pods",
       .type = kGauge,
       .help = "Bound pods charged on every device they could be on, for want of a sound record."},
      {.name = "berth_overcommitted_devices",
       .type = kGauge,
       .help = "Devices promised beyond their capacity. Must be 0."},
      {.name = "berth_expectations",
       .type = kGauge,
       .help = "Holds of pods that were filtered and not bound yet."},
      {.name = "berth_records_ignored_total",
       .type = kCounter,
       .help = "Allocation annotations that changed after the first record and were ignored."},
      {.name = "berth_records_malformed_total",
       .type = kCounter,
       .help = "Allocation annotations that could not be honoured."},
      {.name = "berth_records_unproven_total",
       .type = kCounter,
       .labels = kByProofFault,
       .help = "Pods whose record was not signed by one of our keys when it was first seen, by "
               "what is wrong with the MAC."},
      {.name = "berth_record_keys_last_reload_successful",
       .type = kGauge,
       .help = "1 when the file of record keys as it is now is in use, or none is named; else 0."},
      {.name = "berth_pods_placed_by_others",
       .type = kGauge,
       .labels = kByOfferedMode,
       .help =
           "Pods with devices of nodes that Berth offers, bound without a record of Berth's, by "
           "mode of the node."},
      {.name = "berth_leader",
       .type = kGauge,
       .help = "1 while this Berth may bind, else 0. Over all Berths of a Lease at most 1."},
      {.name = "berth_nodes", .type = kGauge, .labels = kByMode, .help = "Nodes known, by mode."},

      // The devices, by model: at most 16, the rarest together as "other".
      {.name = "berth_gpu_memory_bytes",
       .type = kGauge,
       .labels = kByGpuModelAndState,
       .help = "Device memory by device model, 16 of them at most: the rarest are other."},
      {.name = "berth_gpu_devices",
       .type = kGauge,
       .labels = kByGpuModelAndState,
       .help = "Devices by device model; allocated: those that a pod holds or holds a part of."},
      {.name = "berth_gpu_fragmentation_ratio",
       .type = kGauge,
       .labels = kByGpuModel,
       .help = "Share of the free device memory that is on devices in part use, 0 to 1."},

      // The cluster's door.
      {.name = "berth_cache_synced",
       .type = kGauge,
       .labels = kByResource,
       .help = "1 when the resource has been listed once, else 0."},
      {.name = "berth_cache_objects",
       .type = kGauge,
       .labels = kByResource,
       .help = "Objects held of the resource."},
      {.name = "berth_cache_last_event_timestamp_seconds",
       .type = kGauge,
       .labels = kByResource,
       .help = "When the resource's watch was last heard of, bookmarks included; 0: never."},
      {.name = "berth_watch_restarts_total",
       .type = kCounter,
       .labels = kByRestart,
       .help = "Lists and watches that began anew, by reason."},
      {.name = "berth_api_requests_total",
       .type = kCounter,
       .labels = kByApiCall,
       .help = "Requests to the API server by verb, resource and HTTP status; none: no answer."},
      {.name = "berth_api_request_duration_seconds",
       .type = kHistogram,
       .labels = kByApiVerb,
       .bounds = kApiSeconds,
       .help = "Time of a request to the API server; of a watch, until its status."},

      // The configuration.
      {.name = "berth_config_last_reload_successful",
       .type = kGauge,
       .help = "1 when the configuration's file as it is now was accepted, or none is named; else "
               "0."},
      {.name = "berth_config_last_reload_timestamp_seconds",
       .type = kGauge,
       .help = "When the configuration in use was read."},
      {.name = "berth_config_restart_needed",
       .type = kGauge,
       .help = "1 when the file has changed settings that count after a restart only; else 0."},

      // The model catalog.
      {.name = "berth_catalog_last_reload_successful",
       .type = kGauge,
       .help = "1 when the catalog's file as it is now is in use, or none is named; else 0."},
      {.name = "berth_catalog_last_reload_timestamp_seconds",
       .type = kGauge,
       .help = "When the catalog in use was read; 0: there is none."},
      {.name = "berth_catalog_models", .type = kGauge, .help = "Models in the catalog in use."},

      // How busy the devices are.
      {.name = "berth_telemetry_nodes",
       .type = kGauge,
       .labels = kByFreshness,
       .help = "Nodes with devices in use, by how far their load is measured: missing, it is all "
               "estimated."},
      {.name = "berth_telemetry_scrapes_total",
       .type = kCounter,
       .labels = kByScrapeResult,
       .help = "Scrapes of pods and queries to Prometheus, by how they ended."},
      {.name = "berth_telemetry_targets", .type = kGauge, .help = "Pods that are scraped."},
      {.name = "berth_telemetry_failing_targets",
       .type = kGauge,
       .help = "Pods whose last scrape failed."},
      {.name = "berth_telemetry_discarded_total",
       .type = kCounter,
       .help = "Samples that cannot be, or whose time cannot be: NaN, negative, from the future, "
               "frozen."},
      {.name = "berth_telemetry_malformed_lines_total",
       .type = kCounter,
       .help = "Lines of metric pages that could not be read."},
      {.name = "berth_telemetry_degraded",
       .type = kGauge,
       .help = "1 while less than half of the nodes in use are measured: batch-load counts for "
               "less. Answers go on."},
      // Where model weights are.
      {.name = "berth_model_placements_total",
       .type = kCounter,
       .labels = kByTier,
       .help = "Pods with a model that were bound, by the tier that its weights come from."},
      {.name = "berth_model_ready_predicted_seconds",
       .type = kHistogram,
       .labels = kByTier,
       .bounds = kStartSeconds,
       .help = "Time from bound to ready that was predicted for pods that are ready now."},
      {.name = "berth_model_ready_observed_seconds",
       .type = kHistogram,
       .labels = kByTier,
       .bounds = kStartSeconds,
       .help = "Time from bound to ready that was observed of the same pods."},
      {.name = "berth_inventory_facts",
       .type = kGauge,
       .labels = kBySource,
       .help = "Facts known about where model weights are, by source."},
      {.name = "berth_inventory_malformed_total",
       .type = kCounter,
       .labels = kBySource,
       .help = "Parts of objects that a source could not understand and left out."},
      {.name = "berth_inventory_source_listed",
       .type = kGauge,
       .labels = kBySource,
       .help = "1 when the source's objects have been listed; 0: not yet, not installed, or not "
               "shown to Berth."},
      {.name = "berth_inventory_loads",
       .type = kGauge,
       .help = "Pods that are bound and load a model."},

      // Who we are to others.
      {.name = "berth_certificate_expiry_timestamp_seconds",
       .type = kGauge,
       .labels = kByUse,
       .help = "When the certificate that a port shows ends; none for a plain port."},
      {.name = "berth_certificate_last_reload_successful",
       .type = kGauge,
       .labels = kByUse,
       .help = "1 when a port's certificate files as they are now are in use, else 0."},

      {.name = "berth_operations_throttled_total",
       .type = kCounter,
       .help = "Requests to the operations port beyond operations.maxRequestsPerSecond, answered "
               "429."},

      // The program itself.
      {.name = "berth_log_messages_total",
       .type = kCounter,
       .labels = kByLevel,
       .help = "Log lines written, by level."},
      {.name = "berth_decision_log_lines_total",
       .type = kCounter,
       .help = "Lines of the decision log written."},
      {.name = "berth_decision_log_dropped_total",
       .type = kCounter,
       .help = "Lines of the decision log that are lost: the queue was full, or the file did not "
               "take them."},
      {.name = "berth_build_info",
       .type = kGauge,
       .labels = kByBuild,
       .help = "1, with the build in the labels."},
      {.name = "berth_config_hash_info",
       .type = kGauge,
       .labels = kByHash,
       .help = "1, with the hash of the effective configuration in the label."},
      {.name = "process_cpu_seconds_total",
       .type = kCounter,
       .help = "User and system CPU time spent, in seconds."},
      {.name = "process_resident_memory_bytes",
       .type = kGauge,
       .help = "Resident memory size in bytes."},
      {.name = "process_start_time_seconds",
       .type = kGauge,
       .help = "Start time of the process since the Unix epoch, in seconds."},
      {.name = "process_open_fds", .type = kGauge, .help = "Open file descriptors."},
      {.name = "process_max_fds", .type = kGauge, .help = "Limit of open file descriptors."},
      {.name = "process_threads", .type = kGauge, .help = "Threads of the process."},

      // Per node.
      {.name = "berth_node_gpu_memory_bytes",
       .type = kGauge,
       .labels = kByNodeAndState,
       .help = "Device memory of the node.",
       .page = MetricPage::kResources},
      {.name = "berth_node_gpu_devices",
       .type = kGauge,
       .labels = kByNodeAndState,
       .help = "Devices of the node; allocated: those that a pod holds or holds a part of.",
       .page = MetricPage::kResources},
      {.name = "berth_node_load_ratio",
       .type = kGauge,
       .labels = kByNode,
       .help = "Mean load of the node's devices, 0 idle to 1 saturated, estimated where it is not "
               "measured.",
       .page = MetricPage::kResources},
      {.name = "berth_node_overcommitted_devices",
       .type = kGauge,
       .labels = kByNode,
       .help = "Devices of the node promised beyond their capacity; only of nodes that have any.",
       .page = MetricPage::kResources},
      {.name = "berth_gpu_device_memory_bytes",
       .type = kGauge,
       .labels = kByDeviceAndState,
       .help = "Memory of a shared device; with operations.perDeviceMetrics.",
       .page = MetricPage::kResources},
      {.name = "berth_gpu_device_load_ratio",
       .type = kGauge,
       .labels = kByDevice,
       .help =
           "Load of a shared device, 0 idle to 1 saturated, estimated where it is not measured; "
           "with operations.perDeviceMetrics.",
       .page = MetricPage::kResources},
  };
}

std::string_view TypeName(MetricType type) {
  switch (type) {
    case kCounter:
      return "counter";
    case kGauge:
      return "gauge";
    case kHistogram:
      break;
  }
  return "histogram";
}

// "`verb` (filter, prioritize), `node`"
std::string LabelsText(std::span<const MetricLabel> labels) {
  std::string text;
  for (const MetricLabel& label : labels) {
    text += text.empty() ? "`" : ", `";
    text += label.name;
    text += '`';
    for (std::size_t i = 0; i < label.values.size(); ++i) {
      text += i == 0 ? " (" : ", ";
      text += label.values[i];
    }
    text += label.values.empty() ? "" : ")";
  }
  return text;
}

void AppendPage(std::string& out, MetricPage page) {
  out += "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const MetricSpec& metric : MetricTable()) {
    if (metric.page == page) {
      out += "| `";
      out += metric.name;
      out += "` | ";
      out += TypeName(metric.type);
      out += " | ";
      out += LabelsText(metric.labels);
      out += " | ";
      out += metric.help;
      out += " |\n";
    }
  }
}

}  // namespace

std::span<const MetricSpec> MetricTable() {
  static const std::vector<MetricSpec> table = MakeTable();
  return table;
}

const MetricSpec* FindMetric(std::string_view name) {
  const std::span<const MetricSpec> table = MetricTable();
  const auto found = std::ranges::find(table, name, &MetricSpec::name);
  return found == table.end() ? nullptr : &*found;
}

std::string MetricsReference() {
  std::string out =
      "# Metrics\n\n"
      "Generated from the table in `src/observe/metric_table.cc`; "
      "`UPDATE_GOLDEN=1 ctest -L observe` rewrites it.\n"
      "Names and labels are API: renaming one is a breaking change.\n\n"
      "## /metrics\n\n"
      "Bounded: the number of series does not depend on the size of the cluster. A label's values "
      "are in brackets; their series\nare there from the start, at 0; of "
      "`berth_api_requests_total` those of the calls that Berth makes.\n\n";
  AppendPage(out, MetricPage::kMetrics);
  out +=
      "\n## /metrics/resources\n\n"
      "At most five series for each node that has devices, one more for a node with devices over "
      "capacity,\nand three for each shared device where `operations.perDeviceMetrics` is on; "
      "scrape it less often, every 60 s or so.\n\n";
  AppendPage(out, MetricPage::kResources);
  return out;
}

}  // namespace berth::observe
