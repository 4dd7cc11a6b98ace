// Telemetry, composed: who is scraped follows the cluster's pods, and what they say becomes the
// store's loads.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/config/configuration.h"
#include "berth/kube/api.h"
#include "berth/observe/log.h"
#include "berth/state/store.h"
#include "berth/telemetry/collector.h"
#include "berth/telemetry/load_book.h"
#include "berth/telemetry/prometheus_source.h"
#include "berth/telemetry/telemetry_reading.h"

namespace berth::app {

// The built-in engines and the configured ones. kInvalidArgument: a name that is taken.
Result<telemetry::EngineTable> EnginesOf(const config::Configuration& configuration);

// Hears of pods on their way to the store. Thread-safe.
class Telemetry {
 public:
  // kInvalidArgument: the Prometheus URL, an engine's name. `store`, `clock` and `log` outlive it.
  static Result<std::unique_ptr<Telemetry>> Create(const config::Configuration& configuration,
                                                   state::Store& store, const Clock& clock,
                                                   observe::Logger& log);
  ~Telemetry();

  void Put(const kube::PodObject& pod) BERTH_EXCLUDES(mu_);
  void Remove(std::string_view uid) BERTH_EXCLUDES(mu_);
  void BeginList() BERTH_EXCLUDES(mu_);
  void EndList() BERTH_EXCLUDES(mu_);

  void Start();
  void Stop();

  // One turn: tells the collector its targets, and the store the loads of the moment. Called from
  // one thread.
  void Turn() BERTH_EXCLUDES(mu_);

  telemetry::TelemetryReading reading() const;

 private:
  // What is remembered of a pod that has devices or metrics.
  struct Pod {
    telemetry::Target target;             // who and where it is, also where nobody scrapes it
    bool is_scraped = false;              // it says itself that it has metrics
    std::optional<double> expected_load;  // berth.dev/expected-load
    Instant bound_at;
    bool ready = false;
    std::uint64_t list = 0;  // in which it was last seen
  };

  Telemetry(const config::Configuration::Telemetry& settings, telemetry::EngineTable engines,
            state::Store& store, const Clock& clock, observe::Logger& log);
  telemetry::Occupancy OccupancyNow() BERTH_EXCLUDES(mu_);
  void Describe(const state::Holding& holding, telemetry::Holder& holder) BERTH_REQUIRES(mu_);
  std::vector<telemetry::Target> ScrapedPods() const BERTH_EXCLUDES(mu_);
  // Prometheus may know a pod that says nothing of its metrics, by a monitor of its own.
  std::vector<telemetry::Target> AllPods() const BERTH_EXCLUDES(mu_);
  void AskPrometheus(const std::stop_token& stop);

  const config::Configuration::Telemetry settings_;
  state::Store& store_;
  const Clock& clock_;
  observe::Logger& log_;
  const telemetry::EngineTable engines_;
  telemetry::LoadBook book_;
  telemetry::Collector collector_;
  std::unique_ptr<telemetry::PrometheusSource> prometheus_;  // nullptr: not asked

  // Of Turn: what the last table was built from, and when.
  std::pair<std::uint64_t, std::uint64_t> last_news_;
  Instant last_built_;

  mutable Mutex mu_;
  std::map<std::string, Pod, std::less<>> pods_ BERTH_GUARDED_BY(mu_);  // by uid
  std::uint64_t list_ BERTH_GUARDED_BY(mu_) = 0;
  bool targets_changed_ BERTH_GUARDED_BY(mu_) = false;

  std::vector<std::jthread> threads_;  // last: they end before what they use
};

}  // namespace berth::app
