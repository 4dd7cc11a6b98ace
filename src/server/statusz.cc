#include "statusz.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <numeric>

#include "berth/cluster/node.h"
#include "health.h"

namespace berth::server {
namespace {

class Page {
 public:
  void Fact(std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{:<15}{}\n", name, value);
  }
  void Blank() { text_ += '\n'; }
  void CacheRow(std::string_view resource, std::string_view synced, std::string_view objects,
                std::string_view last_event, std::string_view restarts) {
    fmt::format_to(std::back_inserter(text_), "{:<8}{:<8}{:>9}{:>14}{:>10}\n", resource, synced,
                   objects, last_event, restarts);
  }
  std::string Take() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string NodesLine(const state::Totals& totals) {
  const auto of = [&totals](cluster::NodeMode mode) {
    return totals.nodes_by_mode[static_cast<std::size_t>(mode)];
  };
  using enum cluster::NodeMode;
  return fmt::format("{} ({} shared, {} whole, {} none, {} mixed, {} invalid, {} foreign)",
                     totals.nodes, of(kShared), of(kWhole), of(kNone), of(kMixed), of(kInvalid),
                     of(kForeign));
}

std::string PodsLine(const state::Totals& totals) {
  return fmt::format("{} ({} bound, {} assumed, {} pending; {} doubtful, {} placed by others)",
                     totals.pods_bound + totals.pods_assumed + totals.pods_pending,
                     totals.pods_bound, totals.pods_assumed, totals.pods_pending,
                     totals.pods_doubtful,
                     totals.pods_by_others_whole + totals.pods_by_others_shared);
}

std::string TelemetryLine(const observe::TelemetryReading& telemetry) {
  return fmt::format("{} targets ({} failing), nodes in use: {} fresh, {} stale, {} missing{}",
                     telemetry.targets, telemetry.targets_failing, telemetry.nodes[0],
                     telemetry.nodes[1], telemetry.nodes[2],
                     telemetry.degraded ? "; degraded" : "");
}

std::string LeadershipLine(const observe::LeadershipReading& leadership) {
  return leadership.lease.empty()
             ? fmt::format("{} (mode {})", leadership.standing, leadership.mode)
             : fmt::format("{} (mode {}, lease {}, held by {})", leadership.standing,
                           leadership.mode, leadership.lease,
                           leadership.holder.empty() ? "nobody" : leadership.holder);
}

// Line by line what is wrong with a file as it is now.
void AddRefused(Page& page, std::string_view error) {
  std::string_view name = "Refused";
  for (std::string_view lines = error; !lines.empty(); name = "") {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    page.Fact(name, line);
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
  }
}

void AddConfiguration(Page& page, const observe::ConfigurationReading& configuration) {
  const std::string hash = configuration.hash.empty() ? "-" : configuration.hash;
  page.Fact("Configuration", configuration.path.empty()
                                 ? hash
                                 : fmt::format("{} ({}, read {})", configuration.path, hash,
                                               FormatRfc3339(configuration.loaded_at)));
  if (!configuration.waiting.empty()) {
    page.Fact("Needs a restart", fmt::format("{}", fmt::join(configuration.waiting, ", ")));
  }
  AddRefused(page, configuration.error);
}

void AddRecordKeys(Page& page, const observe::RecordKeysReading& keys) {
  if (keys.path.empty()) {
    page.Fact("Record keys", "- (records are not signed)");
    return;
  }
  page.Fact("Record keys",
            fmt::format("{} ({} signs, verified by {}, read {})", keys.path, keys.ids.front(),
                        fmt::join(keys.ids, ", "), FormatRfc3339(keys.loaded_at)));
  AddRefused(page, keys.error);
}

double Cpus(Millicores cpu) { return static_cast<double>(cpu.count()) / 1000; }

std::string ClassLine(const cluster::PodClass& pods) {
  std::vector<std::string> asked;
  if (const auto& share = pods.demand.share) {
    asked.push_back(fmt::format("{} x ({} MiB, {} %)", share->count, share->memory.count(),
                                share->cores.count()));
  }
  for (const cluster::WholeDevices& whole : pods.demand.whole) {
    asked.push_back(fmt::format("{} whole", whole.count));
  }
  asked.push_back(fmt::format("{:.1f} CPU", Cpus(pods.cpu)));
  if (!pods.accelerators.empty()) {
    asked.push_back(fmt::format("on {}", fmt::join(pods.accelerators, " or ")));
  }
  return fmt::format("{}", fmt::join(asked, ", "));
}

// "2144 pods", "2000 pods (configured)", "2144 pods (2000 configured, 144 learnt)".
std::string Sources(const cluster::Demand& demand) {
  const double learnt = demand.pods - demand.told;
  const std::string pods = fmt::format("{:.0f} pods", demand.pods);
  if (demand.told <= 0) {
    return pods;
  }
  return learnt <= 0
             ? fmt::format("{} (configured)", pods)
             : fmt::format("{} ({:.0f} configured, {:.0f} learnt)", pods, demand.told, learnt);
}

// What pods usually ask for, by the most frequent.
void AddDemand(Page& page, const cluster::Demand* demand) {
  constexpr std::size_t kMost = 5;
  if (demand == nullptr) {
    page.Fact("Demand", "not worked out: no profile packs by it");
    return;
  }
  if (demand->classes.empty()) {
    page.Fact("Demand", "-");
    return;
  }
  page.Fact("Demand", fmt::format("of {}, {} classes, {:.1f} CPU beside a device", Sources(*demand),
                                  demand->classes.size(), Cpus(demand->cpu_per_device)));
  for (std::size_t i = 0; i < std::min(kMost, demand->classes.size()); ++i) {
    const cluster::ClassCount& asked = demand->classes[i];
    page.Fact(
        "", fmt::format("{:4.1f} %: {}", 100 * asked.count / demand->pods, ClassLine(asked.pods)));
  }
}

void AddCluster(Page& page, const state::Store& store) {
  const state::Totals totals = store.totals();
  page.Fact("Nodes", NodesLine(totals));
  page.Fact("Pods", PodsLine(totals));
  page.Fact("Expectations", std::to_string(totals.expectations));
  page.Fact("Overcommitted", fmt::format("{} devices", totals.devices_overcommitted));
  page.Fact("Records",
            fmt::format("{} ignored, {} malformed, {} unproven", totals.records_ignored,
                        totals.records_malformed,
                        std::accumulate(std::begin(totals.records_unproven),
                                        std::end(totals.records_unproven), std::uint64_t{0})));
  AddDemand(page, store.snapshot()->outlook().demand.get());
  page.Fact("State version", std::to_string(totals.version));
}

// The catalog in use, and line by line what is wrong with the file as it is now.
void AddCatalog(Page& page, const observe::CatalogReading& catalog) {
  if (catalog.path.empty()) {
    page.Fact("Catalog", "-");
    return;
  }
  page.Fact("Catalog", fmt::format("{} ({}, {} models, read {})", catalog.path, catalog.revision,
                                   catalog.models, FormatRfc3339(catalog.loaded_at)));
  AddRefused(page, catalog.error);
}

void AddCertificates(Page& page, const std::vector<observe::CertificateReading>& certificates) {
  for (const observe::CertificateReading& certificate : certificates) {
    page.Fact("Certificate", fmt::format("{}: {} (until {}, read {})", certificate.use,
                                         certificate.path, FormatRfc3339(certificate.not_after),
                                         FormatRfc3339(certificate.loaded_at)));
    if (!certificate.error.empty()) {
      page.Fact("Refused", certificate.error);
    }
  }
}

void AddCache(Page& page, std::string_view resource, const observe::CacheReading& cache) {
  const auto restarts =
      std::accumulate(cache.restarts.begin(), cache.restarts.end(), std::uint64_t{0});
  page.CacheRow(resource, cache.synced ? "yes" : "no", std::to_string(cache.objects),
                cache.since_last_event ? FormatDuration(*cache.since_last_event) + " ago" : "never",
                std::to_string(restarts));
}

}  // namespace

std::string FormatDuration(Duration duration) {
  using namespace std::chrono;
  const auto d = duration_cast<days>(duration);
  const auto h = duration_cast<hours>(duration - d);
  const auto m = duration_cast<minutes>(duration - d - h);
  const auto s = duration_cast<seconds>(duration - d - h - m);
  if (d.count() > 0) {
    return fmt::format("{}d {}h {}m", d.count(), h.count(), m.count());
  }
  if (h.count() > 0) {
    return fmt::format("{}h {}m {}s", h.count(), m.count(), s.count());
  }
  if (m.count() > 0) {
    return fmt::format("{}m {}s", m.count(), s.count());
  }
  return fmt::format("{}s", s.count());
}

std::string StatusPage(const Operations& operations, Duration uptime) {
  const observe::Readings readings =
      operations.readings ? operations.readings() : observe::Readings{};
  const auto waits_for = NotReadyBecause(operations);
  const WallTime now = operations.clock.WallNow();

  Page page;
  page.Fact("Berth", fmt::format("{} ({}, {})", operations.build.version, operations.build.revision,
                                 operations.build.compiler));
  page.Fact("Started", FormatRfc3339(now - uptime));
  page.Fact("Uptime", FormatDuration(uptime));
  AddConfiguration(page, readings.configuration);
  page.Fact("Ready", waits_for ? "no, waits for " + *waits_for : "yes");
  page.Fact("Mode", operations.observes ? "observe, binds nothing" : "active");
  page.Fact("Leadership", LeadershipLine(readings.leadership));
  page.Blank();
  AddCluster(page, operations.store);
  AddRecordKeys(page, readings.record_keys);
  AddCatalog(page, readings.catalog);
  AddCertificates(page, readings.certificates);
  page.Fact("Telemetry", TelemetryLine(readings.telemetry));
  page.Blank();
  page.CacheRow("cache", "synced", "objects", "last event", "restarts");
  AddCache(page, "nodes", readings.nodes);
  AddCache(page, "pods", readings.pods);
  return std::move(page).Take();
}

}  // namespace berth::server
