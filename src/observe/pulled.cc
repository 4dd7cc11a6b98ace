#include "pulled.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "berth/cluster/node.h"
#include "berth/observe/metrics.h"

namespace berth::observe {
namespace {

double Number(std::uint64_t count) { return static_cast<double>(count); }

void AddCache(Page& page, std::string_view resource, const CacheReading& cache, WallTime now) {
  page.Add("berth_cache_synced", {resource}, cache.synced ? 1 : 0);
  page.Add("berth_cache_objects", {resource}, Number(cache.objects));
  page.Add("berth_cache_last_event_timestamp_seconds", {resource},
           cache.since_last_event ? Seconds(now.time_since_epoch() - *cache.since_last_event) : 0);
  for (std::size_t i = 0; i < cache.restarts.size(); ++i) {
    page.Add("berth_watch_restarts_total", {resource, kRestartReasonNames[i]},
             Number(cache.restarts[i]));
  }
}

// kNodeModes begins after NodeMode::kAbsent.
static_assert(kNodeModes.size() == static_cast<std::size_t>(cluster::NodeMode::kForeign));

void AddLedger(Page& page, const LedgerReading& ledger) {
  page.Add("berth_ledger_pods", {kPodStates[0]}, Number(ledger.pods_pending));
  page.Add("berth_ledger_pods", {kPodStates[1]}, Number(ledger.pods_assumed));
  page.Add("berth_ledger_pods", {kPodStates[2]}, Number(ledger.pods_bound));
  page.Add("berth_ledger_doubtful_pods", {}, Number(ledger.pods_doubtful));
  page.Add("berth_overcommitted_devices", {}, Number(ledger.devices_overcommitted));
  page.Add("berth_expectations", {}, Number(ledger.expectations));
  page.Add("berth_records_ignored_total", {}, Number(ledger.records_ignored));
  page.Add("berth_records_malformed_total", {}, Number(ledger.records_malformed));
  for (std::size_t i = 0; i < kProofFaults.size(); ++i) {
    page.Add("berth_records_unproven_total", {kProofFaults[i]}, Number(ledger.records_unproven[i]));
  }
  for (std::size_t i = 0; i < kOfferedModes.size(); ++i) {
    page.Add("berth_pods_placed_by_others", {kOfferedModes[i]}, Number(ledger.pods_by_others[i]));
  }
  for (std::size_t i = 0; i < kNodeModes.size(); ++i) {
    page.Add("berth_nodes", {kNodeModes[i]}, Number(ledger.nodes_by_mode[i + 1]));
  }
}

void AddConfiguration(Page& page, const ConfigurationReading& configuration) {
  page.Add("berth_config_last_reload_successful", {}, configuration.error.empty() ? 1 : 0);
  page.Add("berth_config_last_reload_timestamp_seconds", {},
           Seconds(configuration.loaded_at.time_since_epoch()));
  page.Add("berth_config_restart_needed", {}, configuration.waiting.empty() ? 0 : 1);
}

void AddCatalog(Page& page, const CatalogReading& catalog) {
  page.Add("berth_catalog_last_reload_successful", {}, catalog.error.empty() ? 1 : 0);
  page.Add("berth_catalog_last_reload_timestamp_seconds", {},
           Seconds(catalog.loaded_at.time_since_epoch()));
  page.Add("berth_catalog_models", {}, Number(catalog.models));
}

void AddCertificates(Page& page, const std::vector<CertificateReading>& certificates) {
  for (const CertificateReading& certificate : certificates) {
    page.Add("berth_certificate_expiry_timestamp_seconds", {certificate.use},
             Seconds(certificate.not_after.time_since_epoch()));
    page.Add("berth_certificate_last_reload_successful", {certificate.use},
             certificate.error.empty() ? 1 : 0);
  }
}

static_assert(kScrapeResultNames.size() == kScrapeResults);

void AddTelemetry(Page& page, const TelemetryReading& telemetry) {
  for (std::size_t i = 0; i < telemetry.nodes.size(); ++i) {
    page.Add("berth_telemetry_nodes", {kFreshness[i]}, Number(telemetry.nodes[i]));
  }
  for (std::size_t i = 0; i < telemetry.scrapes.size(); ++i) {
    page.Add("berth_telemetry_scrapes_total", {kScrapeResultNames[i]},
             Number(telemetry.scrapes[i]));
  }
  page.Add("berth_telemetry_targets", {}, Number(telemetry.targets));
  page.Add("berth_telemetry_failing_targets", {}, Number(telemetry.targets_failing));
  page.Add("berth_telemetry_discarded_total", {}, Number(telemetry.discarded));
  page.Add("berth_telemetry_malformed_lines_total", {}, Number(telemetry.malformed));
  page.Add("berth_telemetry_degraded", {}, telemetry.degraded ? 1 : 0);
}

void AddInventory(Page& page, const InventoryReading& inventory) {
  for (const InventoryReading::Source& source : inventory.sources) {
    page.Add("berth_inventory_facts", {source.name}, Number(source.facts));
    page.Add("berth_inventory_malformed_total", {source.name}, Number(source.malformed));
    page.Add("berth_inventory_source_listed", {source.name}, source.listed ? 1 : 0);
  }
  page.Add("berth_inventory_loads", {}, Number(inventory.loads));
}

void AddFleet(Page& page, const FleetReading& fleet) {
  for (const FleetReading::Model& model : fleet.models) {
    const auto bytes = [](Bytes memory) { return static_cast<double>(memory.count()); };
    page.Add("berth_gpu_memory_bytes", {model.gpu_model, kResourceStates[0]},
             bytes(model.memory_capacity));
    page.Add("berth_gpu_memory_bytes", {model.gpu_model, kResourceStates[1]},
             bytes(model.memory_allocated));
    page.Add("berth_gpu_devices", {model.gpu_model, kResourceStates[0]},
             static_cast<double>(model.devices));
    page.Add("berth_gpu_devices", {model.gpu_model, kResourceStates[1]},
             static_cast<double>(model.devices_allocated));
    page.Add("berth_gpu_fragmentation_ratio", {model.gpu_model}, model.fragmentation);
  }
}

struct ApiCall {
  std::string_view verb;
  std::string_view resource;
  friend bool operator==(const ApiCall&, const ApiCall&) = default;
};
// What Berth asks of the API server; a resource "other" tells of weights. Their series are there
// from the start, so that a rate sees the first failure. All other calls share the last.
constexpr auto kApiCalls = std::to_array<ApiCall>({{"list", "nodes"},
                                                   {"watch", "nodes"},
                                                   {"list", "pods"},
                                                   {"watch", "pods"},
                                                   {"get", "pods"},
                                                   {"create", "pods/binding"},
                                                   {"patch", "pods/status"},
                                                   {"list", "other"},
                                                   {"watch", "other"},
                                                   {"other", "other"}});

std::size_t IndexOf(const ApiRequestReading& request) {
  const ApiCall call{.verb = kApiVerbs[IndexOrLast(kApiVerbs, request.verb)],
                     .resource = kApiResources[IndexOrLast(kApiResources, request.resource)]};
  const auto at = std::ranges::find(kApiCalls, call) - kApiCalls.begin();
  return std::min(static_cast<std::size_t>(at), kApiCalls.size() - 1);
}

// Unlisted words share a series, so that no answer of an API server can add one without end.
void AddApiRequests(Page& page, const std::vector<ApiRequestReading>& requests) {
  std::array<std::array<std::uint64_t, kApiCodes.size()>, kApiCalls.size()> sums{};
  for (const ApiRequestReading& request : requests) {
    const std::string code = request.code == 0 ? "none" : std::to_string(request.code);
    sums[IndexOf(request)][IndexOrLast(kApiCodes, code)] += request.requests;
  }
  for (std::size_t i = 0; i < kApiCalls.size(); ++i) {
    for (std::size_t code = 0; code < kApiCodes.size(); ++code) {
      page.Add("berth_api_requests_total",
               {kApiCalls[i].verb, kApiCalls[i].resource, kApiCodes[code]}, Number(sums[i][code]));
    }
  }
}

}  // namespace

void AddReadings(Page& page, const Readings& readings, WallTime now) {
  AddCache(page, kCacheResources[0], readings.nodes, now);
  AddCache(page, kCacheResources[1], readings.pods, now);
  AddLedger(page, readings.ledger);
  page.Add("berth_leader", {}, readings.leadership.leader ? 1 : 0);
  AddConfiguration(page, readings.configuration);
  AddCatalog(page, readings.catalog);
  page.Add("berth_record_keys_last_reload_successful", {},
           readings.record_keys.error.empty() ? 1 : 0);
  AddCertificates(page, readings.certificates);
  AddTelemetry(page, readings.telemetry);
  AddApiRequests(page, readings.api_requests);
  AddInventory(page, readings.inventory);
  AddFleet(page, readings.fleet);
  page.Add("berth_webhook_connections", {}, Number(readings.transport.connections_open));
  page.Add("berth_webhook_connections_accepted_total", {},
           Number(readings.transport.connections_accepted));
  page.Add("berth_operations_throttled_total", {}, Number(readings.operations_throttled));
  for (std::size_t i = 0; i < readings.log_messages.size(); ++i) {
    page.Add("berth_log_messages_total", {kLogLevelNames[i]}, Number(readings.log_messages[i]));
  }
  page.Add("berth_decision_log_lines_total", {}, Number(readings.decision_log.written));
  page.Add("berth_decision_log_dropped_total", {}, Number(readings.decision_log.dropped));
  if (!readings.configuration.hash.empty()) {
    page.Add("berth_config_hash_info", {readings.configuration.hash}, 1);
  }
}

void AddRejections(Page& page, const TransportReading& transport,
                   std::array<std::uint64_t, kRejections.size()> counted) {
  const auto add = [&counted](Rejection reason, std::uint64_t more) {
    counted[static_cast<std::size_t>(reason)] += more;
  };
  add(Rejection::kOverload, transport.refused_overload);
  add(Rejection::kTooLarge, transport.refused_body_too_large);
  add(Rejection::kHeadersTooLarge, transport.refused_headers_too_large);
  add(Rejection::kMalformedHttp, transport.refused_malformed);
  add(Rejection::kSlow, transport.cut_slow);
  add(Rejection::kTlsHandshake, transport.refused_handshakes);
  for (std::size_t i = 0; i < counted.size(); ++i) {
    page.Add("berth_webhook_rejected_total", {kRejections[i]}, Number(counted[i]));
  }
}

void AddProcess(Page& page, const ProcessReading& process) {
  page.Add("process_cpu_seconds_total", {}, process.cpu_seconds);
  page.Add("process_resident_memory_bytes", {}, process.resident_bytes);
  page.Add("process_start_time_seconds", {}, process.start_time_seconds);
  page.Add("process_open_fds", {}, process.open_fds);
  page.Add("process_max_fds", {}, process.max_fds);
  page.Add("process_threads", {}, process.threads);
}

}  // namespace berth::observe
