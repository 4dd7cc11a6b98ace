#include "berth/telemetry/load_book.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace berth::telemetry {
namespace {

using cluster::NodeLoad;
using cluster::NodeMode;

// Of independent claims on the same thing: 1 - prod(1 - load).
class Combined {
 public:
  void Add(double load) {
    free_ *= 1 - std::clamp(load, 0.0, 1.0);
    any_ = true;
  }
  double load() const { return 1 - free_; }
  bool any() const { return any_; }

 private:
  double free_ = 1;
  bool any_ = false;
};

class Mean {
 public:
  void Add(double value, double weight = 1) {
    sum_ += weight * value;
    weight_ += weight;
  }
  bool any() const { return weight_ > 0; }
  double value() const { return any() ? sum_ / weight_ : 0; }
  double value_or(double other) const { return any() ? value() : other; }

 private:
  double sum_ = 0;
  double weight_ = 0;
};

double Mix(double confidence, double measured, double estimated) {
  return confidence * measured + (1 - confidence) * estimated;
}

double MedianOr(std::vector<double> values, double other) {
  if (values.empty()) {
    return other;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

// One Build. Holds references into the book: lives while its lock is held.
class LoadBook::Builder {
 public:
  Builder(const LoadModel& model, const Endpoints& endpoints, const Devices& devices, Instant now)
      : model_(model), endpoints_(endpoints), devices_(devices), now_(now) {}

  void Learn(const Occupancy& occupancy);

  struct Row {
    NodeLoad load;
    bool in_use = false;
  };
  Row Shared(std::string_view name, const NodeOccupancy& node) const;
  Row Whole(std::string_view name, const NodeOccupancy& node) const;

 private:
  // A holder's own part.
  struct Part {
    double load = 0;
    double queue_seconds = 0;
    double confidence = 0;  // above 0: measured
  };
  struct OfModel {
    Mean load;
    Mean queue_seconds;
  };
  // A device's utilisation; confidence 0: not told.
  struct Utilisation {
    double share = 0;
    double confidence = 0;
    Instant at;
  };

  double ServerEstimate(const Holder& holder) const;
  Part PartOf(const Holder& holder, double held) const;
  double ConfidenceAt(Instant at) const { return Confidence(now_ - at, model_); }
  const std::vector<DeviceState>& DevicesOf(std::string_view node) const;
  Utilisation UtilisationOf(const std::vector<DeviceState>& states, const cluster::Device& device,
                            int index) const;
  Utilisation UtilisationOf(const std::vector<DeviceState>& states, const Holder& holder) const;

  const LoadModel& model_;
  const Endpoints& endpoints_;
  const Devices& devices_;
  const Instant now_;
  std::unordered_map<std::string_view, OfModel> models_;
  double typical_load_ = 0;
};

void LoadBook::Builder::Learn(const Occupancy& occupancy) {
  std::vector<double> fresh;
  for (const NodeOccupancy& node : occupancy.nodes) {
    for (const Holder& holder : node.holders) {
      const auto known = endpoints_.find(holder.uid);
      if (known == endpoints_.end() || now_ - known->second.load.at > model_.fresh) {
        continue;
      }
      fresh.push_back(known->second.load.value);
      if (!holder.model.empty()) {
        OfModel& model = models_[holder.model];
        model.load.Add(known->second.load.value);
        model.queue_seconds.Add(known->second.queue_seconds);
      }
    }
  }
  typical_load_ = MedianOr(std::move(fresh), model_.unknown_load);
}

double LoadBook::Builder::ServerEstimate(const Holder& holder) const {
  double estimate = typical_load_;
  if (holder.expected_load) {
    estimate = *holder.expected_load;
  } else if (const auto model = models_.find(holder.model); model != models_.end()) {
    estimate = model->second.load.value();
  }
  return std::clamp(estimate, model_.least_estimate, 1.0);
}

// `held`: what the pod has of the device, 0..1.
LoadBook::Builder::Part LoadBook::Builder::PartOf(const Holder& holder, double held) const {
  const auto known = endpoints_.find(holder.uid);
  if (known == endpoints_.end() && !holder.serves) {
    return {.load = held};
  }
  const auto model = models_.find(holder.model);
  Part part{.load = ServerEstimate(holder),
            .queue_seconds = model == models_.end() ? 0 : model->second.queue_seconds.value()};
  if (known != endpoints_.end()) {
    part.confidence = ConfidenceAt(known->second.load.at);
    part.load = Mix(part.confidence, known->second.load.value, part.load);
    part.queue_seconds = Mix(part.confidence, known->second.queue_seconds, part.queue_seconds);
  }
  return part;
}

const std::vector<LoadBook::DeviceState>& LoadBook::Builder::DevicesOf(
    std::string_view node) const {
  static const std::vector<DeviceState> none;
  const auto known = devices_.find(std::string(node));
  return known == devices_.end() ? none : known->second;
}

LoadBook::Builder::Utilisation LoadBook::Builder::UtilisationOf(
    const std::vector<DeviceState>& states, const cluster::Device& device, int index) const {
  // Where one side knows no UUID, both count in the same order.
  const bool unnamed = device.id == std::to_string(index);
  for (const DeviceState& state : states) {
    if (state.id == device.id || (state.index == index && (unnamed || state.id.empty()))) {
      return {.share = state.utilisation.value,
              .confidence = ConfidenceAt(state.utilisation.at),
              .at = state.utilisation.at};
    }
  }
  return {};
}

LoadBook::Builder::Utilisation LoadBook::Builder::UtilisationOf(
    const std::vector<DeviceState>& states, const Holder& holder) const {
  Mean share;
  Mean confidence;
  Instant at;
  for (const DeviceState& state : states) {
    if (state.pod == holder.name && state.ns == holder.ns) {
      share.Add(state.utilisation.value);
      confidence.Add(ConfidenceAt(state.utilisation.at));
      at = std::max(at, state.utilisation.at);
    }
  }
  return {.share = share.value(), .confidence = confidence.value(), .at = at};
}

LoadBook::Builder::Row LoadBook::Builder::Shared(std::string_view name,
                                                 const NodeOccupancy& node) const {
  Row row;
  row.load.free_memory = node.free_memory;
  const std::vector<DeviceState>& states = DevicesOf(name);
  Mean node_confidence;
  const int count =
      std::min<int>(static_cast<int>(node.facts->devices.size()), cluster::kMaxDevices);
  for (int d = 0; d < count; ++d) {
    const cluster::Device& device = node.facts->devices[static_cast<unsigned>(d)];
    const Utilisation g = UtilisationOf(states, device, d);
    Combined measured;
    Combined settled;
    Combined in_flight;
    Mean confidence;
    double queue_seconds = 0;
    for (const Holder& holder : node.holders) {
      if (!holder.devices.Has(d)) {
        continue;
      }
      const double memory = static_cast<double>(holder.memory.count()) /
                            static_cast<double>(std::max<std::int64_t>(1, device.memory.count()));
      const double cores = static_cast<double>(holder.cores.count()) / 100;
      const Part part = PartOf(holder, std::max(memory, cores));
      if (part.confidence > 0) {
        measured.Add(part.load);
        confidence.Add(part.confidence);
      } else if (!holder.ready || (g.confidence > 0 && holder.bound_at > g.at)) {
        in_flight.Add(part.load);
      } else {
        settled.Add(part.load);
        confidence.Add(g.confidence);
      }
      queue_seconds = std::max(queue_seconds, part.queue_seconds);
    }
    double load = measured.load();
    if (!measured.any()) {
      load = Mix(g.confidence, g.share, settled.load());
    } else if (settled.any()) {
      Combined both;
      both.Add(measured.load());
      both.Add(settled.load());
      load = Mix(g.confidence, std::max(measured.load(), g.share), both.load());
    }
    Combined with_coming;
    with_coming.Add(load);
    with_coming.Add(in_flight.load());
    const auto i = static_cast<unsigned>(d);
    row.load.load[i] = static_cast<float>(with_coming.load());
    row.load.queue_seconds[i] = static_cast<float>(queue_seconds);
    if (confidence.any()) {
      node_confidence.Add(confidence.value());
      row.in_use = true;
    }
  }
  // That nobody is on a device the watch of pods knows for sure.
  row.load.confidence = static_cast<float>(node_confidence.value_or(1));
  return row;
}

LoadBook::Builder::Row LoadBook::Builder::Whole(std::string_view name,
                                                const NodeOccupancy& node) const {
  Row row;
  row.load.free_memory = node.free_memory;
  const std::vector<DeviceState>& states = DevicesOf(name);

  // What the exporter measures but gives to no pod is spread over the pods that nobody measures.
  Mean unclaimed_confidence;
  double unclaimed_sum = 0;
  Instant unclaimed_at;
  for (const DeviceState& state : states) {
    const bool claimed = std::ranges::any_of(node.holders, [&](const Holder& holder) {
      return state.pod == holder.name && state.ns == holder.ns;
    });
    if (!claimed) {
      unclaimed_sum += state.utilisation.value;
      unclaimed_confidence.Add(ConfidenceAt(state.utilisation.at));
      unclaimed_at = std::max(unclaimed_at, state.utilisation.at);
    }
  }
  double unmeasured_devices = 0;
  for (const Holder& holder : node.holders) {
    if (PartOf(holder, 1).confidence == 0 && UtilisationOf(states, holder).confidence == 0) {
      unmeasured_devices += holder.whole;
    }
  }

  Mean load;
  Mean confidence;
  double queue_seconds = 0;
  for (const Holder& holder : node.holders) {
    if (holder.whole <= 0) {
      continue;
    }
    Part part = PartOf(holder, 1);
    if (part.confidence == 0) {
      Utilisation g = UtilisationOf(states, holder);
      if (g.confidence == 0 && unmeasured_devices > 0) {
        g = {.share = std::min(1.0, unclaimed_sum / unmeasured_devices),
             .confidence = unclaimed_confidence.value(),
             .at = unclaimed_at};
      }
      if (holder.ready && g.confidence > 0 && holder.bound_at <= g.at) {
        part.load = Mix(g.confidence, g.share, part.load);
        part.confidence = g.confidence;
      }
    }
    load.Add(part.load, holder.whole);
    queue_seconds = std::max(queue_seconds, part.queue_seconds);
    if (holder.ready || part.confidence > 0) {
      confidence.Add(part.confidence, holder.whole);
    }
  }
  row.in_use = confidence.any();
  row.load.load[0] = static_cast<float>(load.value());
  row.load.queue_seconds[0] = static_cast<float>(queue_seconds);
  row.load.confidence = static_cast<float>(confidence.value_or(1));
  return row;
}

bool LoadBook::Timely(Instant at, std::optional<Instant> known, Instant now) {
  if (at > now + model_.future) {
    ++counts_.clock;
    return false;
  }
  if (now - at > model_.cutoff) {
    ++counts_.outdated;
    return false;
  }
  if (known && at <= *known) {
    ++counts_.repeated;
    return false;
  }
  ++counts_.accepted;
  return true;
}

void LoadBook::Smooth(Smoothed& state, double value, Instant at) const {
  const Duration elapsed = at - state.at;
  const Duration half_life = value > state.value ? model_.rising : model_.falling;
  state.value += SmoothingShare(elapsed, half_life) * (value - state.value);
  state.at = at;
}

void LoadBook::Observe(const EndpointReading& reading, Instant now) {
  if (!std::isfinite(reading.load) || reading.load < 0 || reading.load > 1.5) {
    ++counts_.discarded;
    return;
  }
  const auto known = endpoints_.find(reading.pod_uid);
  const bool first = known == endpoints_.end();
  if (!Timely(reading.at, first ? std::nullopt : std::optional(known->second.load.at), now)) {
    return;
  }
  const double load = std::min(reading.load, 1.0);
  const auto queue = reading.signals.queue_seconds;
  const bool queue_told = queue && std::isfinite(*queue) && *queue >= 0;
  if (first) {
    endpoints_.emplace(reading.pod_uid, Endpoint{.load = {.value = load, .at = reading.at},
                                                 .queue_seconds = queue_told ? *queue : 0});
    return;
  }
  Endpoint& endpoint = known->second;
  if (queue_told) {
    Smoothed smoothed{.value = endpoint.queue_seconds, .at = endpoint.load.at};
    Smooth(smoothed, *queue, reading.at);
    endpoint.queue_seconds = smoothed.value;
  }
  Smooth(endpoint.load, load, reading.at);
}

void LoadBook::Observe(const DeviceReading& reading, Instant now) {
  if (!std::isfinite(reading.utilisation) || reading.utilisation < 0 || reading.utilisation > 1.5 ||
      reading.node.empty()) {
    ++counts_.discarded;
    return;
  }
  const auto node = devices_.find(reading.node);
  DeviceState* known = nullptr;
  if (node != devices_.end()) {
    const auto state = std::ranges::find_if(node->second, [&](const DeviceState& candidate) {
      return candidate.id == reading.id && candidate.index == reading.index;
    });
    known = state == node->second.end() ? nullptr : &*state;
  }
  if (!Timely(reading.at, known == nullptr ? std::nullopt : std::optional(known->utilisation.at),
              now)) {
    return;
  }
  const double share = std::min(reading.utilisation, 1.0);
  if (known == nullptr) {
    devices_[reading.node].push_back({.id = reading.id,
                                      .index = reading.index,
                                      .ns = reading.ns,
                                      .pod = reading.pod,
                                      .utilisation = {.value = share, .at = reading.at}});
    return;
  }
  known->ns = reading.ns;
  known->pod = reading.pod;
  Smooth(known->utilisation, share, reading.at);
}

void LoadBook::Observe(const Readings& readings, Instant now) {
  const MutexLock lock(mu_);
  counts_.discarded += readings.discarded;
  for (const EndpointReading& reading : readings.endpoints) {
    Observe(reading, now);
  }
  for (const DeviceReading& reading : readings.devices) {
    Observe(reading, now);
  }
}

void LoadBook::Forget(Instant now) {
  std::erase_if(endpoints_,
                [&](const auto& entry) { return now - entry.second.load.at > model_.cutoff; });
  for (auto& [node, states] : devices_) {
    std::erase_if(states, [&](const DeviceState& state) {
      return now - state.utilisation.at > model_.cutoff;
    });
  }
  std::erase_if(devices_, [](const auto& entry) { return entry.second.empty(); });
}

std::shared_ptr<const cluster::LoadTable> LoadBook::Build(const Occupancy& occupancy, Instant now) {
  auto table = std::make_shared<cluster::LoadTable>();
  table->names = occupancy.names;
  table->nodes.resize(occupancy.nodes.size());

  const MutexLock lock(mu_);
  Forget(now);
  Builder builder(model_, endpoints_, devices_, now);
  builder.Learn(occupancy);
  counts_.nodes_fresh = counts_.nodes_stale = counts_.nodes_missing = 0;
  for (std::size_t i = 0; i < occupancy.nodes.size(); ++i) {
    const NodeOccupancy& node = occupancy.nodes[i];
    const NodeMode mode = node.facts == nullptr ? NodeMode::kAbsent : node.facts->mode;
    if (mode != NodeMode::kShared && mode != NodeMode::kWhole) {
      continue;
    }
    const Builder::Row row = mode == NodeMode::kShared ? builder.Shared(node.facts->name, node)
                                                       : builder.Whole(node.facts->name, node);
    table->nodes[i] = row.load;
    if (row.in_use) {
      ++(row.load.confidence >= 0.5F ? counts_.nodes_fresh
         : row.load.confidence > 0   ? counts_.nodes_stale
                                     : counts_.nodes_missing);
    }
  }
  const std::uint64_t in_use = counts_.nodes_fresh + counts_.nodes_stale + counts_.nodes_missing;
  // Where nothing was ever heard of, an idle cluster is no sign that telemetry works.
  const double idle = counts_.accepted > 0 ? 1.0 : 0.0;
  table->fresh_share = static_cast<float>(
      in_use == 0 ? idle : static_cast<double>(counts_.nodes_fresh) / static_cast<double>(in_use));
  return table;
}

LoadBookCounts LoadBook::counts() const {
  const MutexLock lock(mu_);
  return counts_;
}

}  // namespace berth::telemetry
