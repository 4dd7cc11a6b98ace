#include "model_weights.h"

#include <cstddef>
#include <string>
#include <utility>

#include "pause.h"

namespace berth::app {
namespace {

constexpr Duration kTurn = std::chrono::seconds(1);

inventory::Options OptionsOf(const config::Configuration& configuration) {
  inventory::Options options{.learn_bandwidth = configuration.learning.bandwidth};
  for (const config::NodeClassSetting& node_class : configuration.node_classes) {
    options.classes.push_back(
        {.name = node_class.name, .labels = node_class.node_labels, .rates = node_class.rates});
  }
  return options;
}

}  // namespace

ModelWeights::ModelWeights(const config::Configuration& configuration, state::Store& store,
                           const Clock& clock, observe::Metrics& metrics, observe::Logger& log)
    : store_(store),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      inventory_(OptionsOf(configuration)),
      feed_(inventory_, clock, Hooks()) {}

inventory::FeedHooks ModelWeights::Hooks() {
  return {.on_problem =
              [this](std::string_view kind, std::string_view name, std::string_view problem) {
                log_.Warn("not understood, left out of the inventory",
                          {{"kind", kind}, {"name", name}, {"error", problem}});
              },
          .on_start =
              [this](const inventory::ObservedStart& start) {
                if (start.predicted) {
                  metrics_.RecordModelReady(start.tier, *start.predicted, start.observed);
                }
              }};
}

std::vector<FollowedKind> ModelWeights::Kinds(const std::string& own_namespace) {
  std::vector<FollowedKind> kinds;
  for (const inventory::Source& source : inventory::Sources()) {
    // Outside a cluster there is no namespace of our own.
    const bool homeless = own_namespace.empty() && source.path.find('{') != std::string_view::npos;
    if (source.read_object == nullptr || homeless) {
      continue;
    }
    objects_.push_back(
        std::make_unique<inventory::ObjectFeed>(source, inventory_, clock_, Hooks()));
    kinds.push_back({.name = source.name,
                     .kind = source.kind,
                     .path = inventory::ListPath(source, own_namespace),
                     .selector = std::string(source.selector),
                     .sink = objects_.back().get()});
  }
  return kinds;
}

void ModelWeights::SetCatalog(std::shared_ptr<const cluster::Catalog> catalog) {
  inventory_.SetCatalog(std::move(catalog));
}

void ModelWeights::Started(const extender::ModelStart& start) {
  inventory_.Started({.uid = start.uid,
                      .node = start.node,
                      .source = start.source,
                      .tier = start.tier,
                      .bytes = start.bytes,
                      .devices = start.devices,
                      .start = start.engine_start,
                      .predicted = start.predicted,
                      .at = clock_.Now()});
  metrics_.CountModelPlacement(start.tier);
}

void ModelWeights::Start() {
  turning_ = std::jthread([this](const std::stop_token& stop) {
    do {
      if (store_.synced()) {
        store_.SetWeights(inventory_.Build(*store_.snapshot(), clock_.Now()));
      }
    } while (Pause(stop, kTurn));
  });
}

observe::InventoryReading ModelWeights::Reading(const ClusterSource& source) const {
  const inventory::Counts counts = inventory_.counts();
  observe::InventoryReading reading{.loads = counts.loads};
  const auto sources = inventory::Sources();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const bool followed = sources[i].read_object != nullptr;
    reading.sources.push_back(
        {.name = sources[i].name,
         .facts = counts.facts[i],
         .malformed = counts.malformed[i],
         .listed = followed ? source.Listed(sources[i].name) : store_.synced()});
  }
  return reading;
}

}  // namespace berth::app
