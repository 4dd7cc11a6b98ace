#include "telemetry.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "berth/device/read.h"
#include "pause.h"

namespace berth::app {
namespace {

using telemetry::Holder;
using telemetry::Target;

constexpr std::string_view kExpectedLoad = "berth.dev/expected-load";  // 0..1
constexpr Duration kTurn = std::chrono::seconds(1);
constexpr Duration kQuietTurn = std::chrono::seconds(5);  // where nothing has happened
constexpr cluster::NodeIndex kNodesPerLock = 256;

telemetry::LoadModel ModelOf(const config::Configuration::Telemetry& settings) {
  telemetry::LoadModel model;
  model.half_life = settings.half_life;
  model.cutoff = settings.cutoff;
  model.fresh = 2 * settings.interval;
  return model;
}

telemetry::CollectorOptions CollectorOptionsOf(const config::Configuration::Telemetry& settings) {
  telemetry::CollectorOptions options;
  options.interval = settings.interval;
  options.timeout = settings.timeout;
  options.failing_at_once = static_cast<std::size_t>(std::max(1, settings.max_concurrent / 4));
  options.model = ModelOf(settings);
  return options;
}

std::optional<double> ExpectedLoadOf(const kube::PodObject& pod) {
  const std::string* text = kube::Find(pod.annotations, kExpectedLoad);
  if (text == nullptr) {
    return std::nullopt;
  }
  double load = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), load);
  const bool good =
      error == std::errc{} && end == text->data() + text->size() && load >= 0 && load <= 1;
  return good ? std::optional(load) : std::nullopt;
}

// A pod that asks a model alone names no resource; what Berth chose for it is on record.
bool HoldsDevices(const kube::PodObject& pod) {
  return kube::Find(pod.annotations, device::kAllocation) != nullptr ||
         std::ranges::any_of(pod.containers, [](const kube::Container& container) {
           return !container.requests.extended.empty();
         });
}

telemetry::PodFacts FactsOf(const kube::PodObject& pod) {
  telemetry::PodFacts facts{.uid = pod.uid,
                            .ns = pod.ns,
                            .name = pod.name,
                            .node = pod.node_name,
                            .ip = pod.ip,
                            .annotations = pod.annotations,
                            .labels = pod.labels,
                            .holds_devices = HoldsDevices(pod)};
  for (const kube::Container& container : pod.containers) {
    for (const kube::ContainerPort& port : container.ports) {
      facts.ports.push_back({.name = port.name, .number = port.number});
    }
  }
  return facts;
}

}  // namespace

Result<telemetry::EngineTable> EnginesOf(const config::Configuration& configuration) {
  std::vector<telemetry::CustomMetrics> own;
  own.reserve(configuration.engines.size());
  for (const config::EngineSetting& setting : configuration.engines) {
    own.push_back({.name = setting.name,
                   .running = setting.running,
                   .waiting = setting.waiting,
                   .cache_usage = setting.cache_usage,
                   .capacity = setting.capacity,
                   .queue_seconds = setting.queue_seconds,
                   .classic = setting.classic});
  }
  return telemetry::EngineTable::Create(own);
}

Result<std::unique_ptr<Telemetry>> Telemetry::Create(const config::Configuration& configuration,
                                                     state::Store& store, const Clock& clock,
                                                     observe::Logger& log) {
  const config::Configuration::Telemetry& settings = configuration.telemetry;
  BERTH_ASSIGN_OR_RETURN(telemetry::EngineTable engines, EnginesOf(configuration));
  std::unique_ptr<Telemetry> made(new Telemetry(settings, std::move(engines), store, clock, log));
  if (!settings.prometheus_url.empty()) {
    telemetry::PrometheusOptions options{.origin = settings.prometheus_url,
                                         .timeout = settings.timeout,
                                         .budget = settings.interval,
                                         .bearer_token_file = settings.prometheus_token_file};
    options.model = ModelOf(settings);
    BERTH_ASSIGN_OR_RETURN(made->prometheus_,
                           telemetry::PrometheusSource::Create(options, made->engines_, clock));
  }
  return made;
}

Telemetry::Telemetry(const config::Configuration::Telemetry& settings,
                     telemetry::EngineTable engines, state::Store& store, const Clock& clock,
                     observe::Logger& log)
    : settings_(settings),
      store_(store),
      clock_(clock),
      log_(log),
      engines_(std::move(engines)),
      book_(ModelOf(settings)),
      collector_(
          CollectorOptionsOf(settings), engines_, clock,
          [this](const telemetry::Readings& readings) { book_.Observe(readings, clock_.Now()); }) {}

Telemetry::~Telemetry() { Stop(); }

void Telemetry::Put(const kube::PodObject& pod) {
  // Most pods have nothing to do with devices: their facts are not gathered.
  const bool holds = HoldsDevices(pod);
  const bool gone = pod.ended() || pod.node_name.empty();
  const bool asked = !gone && !pod.ip.empty() &&
                     (holds || !telemetry::EngineNamedBy(pod.annotations, pod.labels).empty());
  const std::optional<Target> found =
      asked ? telemetry::TargetOf(FactsOf(pod), engines_) : std::nullopt;
  const MutexLock lock(mu_);
  const auto at = pods_.find(pod.uid);
  if (gone || (!found && !holds)) {
    if (at != pods_.end()) {
      targets_changed_ = targets_changed_ || at->second.is_scraped;
      pods_.erase(at);
    }
    return;
  }
  Pod& known = at != pods_.end() ? at->second : pods_[pod.uid];
  if (at == pods_.end()) {
    known.bound_at = clock_.Now();
  }
  Target target = found ? *found
                        : Target{.id = pod.uid,
                                 .ns = pod.ns,
                                 .name = pod.name,
                                 .node = pod.node_name,
                                 .host = pod.ip};
  targets_changed_ = targets_changed_ || known.is_scraped != found.has_value() ||
                     (found && known.target != target);
  known.target = std::move(target);
  known.is_scraped = found.has_value();
  known.expected_load = ExpectedLoadOf(pod);
  known.ready = pod.ready;
  known.list = list_;
}

void Telemetry::Remove(std::string_view uid) {
  const MutexLock lock(mu_);
  if (const auto at = pods_.find(uid); at != pods_.end()) {
    targets_changed_ = targets_changed_ || at->second.is_scraped;
    pods_.erase(at);
  }
}

void Telemetry::BeginList() {
  const MutexLock lock(mu_);
  ++list_;
}

void Telemetry::EndList() {
  const MutexLock lock(mu_);
  std::erase_if(pods_, [list = list_](const auto& entry) { return entry.second.list != list; });
  targets_changed_ = true;
}

std::vector<Target> Telemetry::ScrapedPods() const {
  const MutexLock lock(mu_);
  std::vector<Target> targets;
  for (const auto& [uid, pod] : pods_) {
    if (pod.is_scraped) {
      targets.push_back(pod.target);
    }
  }
  return targets;
}

std::vector<Target> Telemetry::AllPods() const {
  const MutexLock lock(mu_);
  std::vector<Target> targets;
  targets.reserve(pods_.size());
  for (const auto& [uid, pod] : pods_) {
    targets.push_back(pod.target);
  }
  return targets;
}

// A pod of our own that the watch has not shown yet was bound this moment.
void Telemetry::Describe(const state::Holding& holding, Holder& holder) {
  const auto at = pods_.find(holding.uid);
  holder.bound_at = at != pods_.end() ? at->second.bound_at : clock_.Now();
  holder.serves = !holding.model.empty();
  if (at != pods_.end()) {
    holder.serves = holder.serves || at->second.is_scraped;
    holder.expected_load = at->second.expected_load;
    holder.ready = at->second.ready;
  }
}

telemetry::Occupancy Telemetry::OccupancyNow() {
  const cluster::SnapshotPtr snapshot = store_.snapshot();
  telemetry::Occupancy occupancy{.names = snapshot->names_ptr()};
  occupancy.nodes.resize(snapshot->size());
  for (cluster::NodeIndex i = 0; i < snapshot->size(); ++i) {
    occupancy.nodes[i].facts = snapshot->facts_ptr(i);
    occupancy.nodes[i].free_memory = snapshot->row(i).free_memory;
  }
  for (cluster::NodeIndex first = 0; first < snapshot->size(); first += kNodesPerLock) {
    const std::vector<state::Holding> holdings = store_.Holdings(first, first + kNodesPerLock);
    const MutexLock lock(mu_);
    for (const state::Holding& holding : holdings) {
      if (holding.node >= occupancy.nodes.size()) {
        continue;  // a node that came after the snapshot
      }
      Holder holder{.uid = holding.uid,
                    .ns = holding.ns,
                    .name = holding.name,
                    .devices = holding.devices,
                    .whole = holding.whole,
                    .memory = holding.memory,
                    .cores = holding.cores,
                    .model = holding.model};
      Describe(holding, holder);
      occupancy.nodes[holding.node].holders.push_back(std::move(holder));
    }
  }
  return occupancy;
}

void Telemetry::Turn() {
  bool changed = false;
  {
    const MutexLock lock(mu_);
    changed = std::exchange(targets_changed_, false);
  }
  if (changed && settings_.scrape_pods) {
    collector_.SetTargets(ScrapedPods());
  }
  // Loads age by themselves, but not within seconds.
  const Instant now = clock_.Now();
  const std::pair news(store_.version(), book_.counts().accepted);
  if (!store_.synced() || (news == last_news_ && now - last_built_ < kQuietTurn)) {
    return;
  }
  last_news_ = news;
  last_built_ = now;
  store_.SetLoads(book_.Build(OccupancyNow(), now));
}

void Telemetry::AskPrometheus(const std::stop_token& stop) {
  bool degraded = false;
  while (Pause(stop, settings_.interval)) {
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    book_.Observe(prometheus_->Poll(AllPods(), snapshot->names()), clock_.Now());
    const bool now = prometheus_->counts().degraded;
    if (std::exchange(degraded, now) != now) {
      if (now) {
        log_.Warn("Prometheus answers in part or not at all; loads age", {});
      } else {
        log_.Info("Prometheus answers again", {});
      }
    }
  }
}

void Telemetry::Start() {
  threads_.emplace_back([this](const std::stop_token& stop) {
    do {
      Turn();
    } while (Pause(stop, kTurn));
  });
  if (settings_.scrape_pods) {
    for (int i = 0; i < settings_.max_concurrent; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) { collector_.Work(stop); });
    }
  }
  if (prometheus_ != nullptr) {
    threads_.emplace_back([this](const std::stop_token& stop) { AskPrometheus(stop); });
  }
}

void Telemetry::Stop() {
  for (std::jthread& thread : threads_) {
    thread.request_stop();
  }
  threads_.clear();
}

telemetry::TelemetryReading Telemetry::reading() const {
  return telemetry::Combine(
      book_.counts(), collector_.counts(),
      prometheus_ != nullptr ? prometheus_->counts() : telemetry::PrometheusCounts{});
}

}  // namespace berth::app
