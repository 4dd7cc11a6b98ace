// From readings and from who holds what to the load of every device. Complete: what is not measured
// is estimated, and nothing looks idle because nobody watches it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/mutex.h"
#include "berth/base/units.h"
#include "berth/cluster/device.h"
#include "berth/cluster/names.h"
#include "berth/cluster/node.h"
#include "berth/cluster/node_load.h"
#include "berth/telemetry/load_model.h"
#include "berth/telemetry/reading.h"

namespace berth::telemetry {

// A pod that has devices, bound or about to be.
struct Holder {
  std::string uid;
  std::string ns;
  std::string name;
  cluster::DeviceSet devices;  // of a shared node
  std::int32_t whole = 0;      // devices of a whole node; which ones only the kubelet knows
  MiB memory;                  // on each shared device
  Percent cores;               // on each shared device
  std::string model;           // that it serves; empty: unknown
  bool serves = false;         // a model server; otherwise training and other batch work
  std::optional<double> expected_load;  // 0..1, what its owner says
  Instant bound_at;
  bool ready = false;
};

struct NodeOccupancy {
  std::shared_ptr<const cluster::NodeFacts> facts;               // null: a free index
  std::array<std::int32_t, cluster::kMaxDevices> free_memory{};  // MiB, as in NodeRow
  std::vector<Holder> holders;
};

// nodes[i] belongs to the node that has index i in `names`.
struct Occupancy {
  std::shared_ptr<const cluster::NameTable> names;
  std::vector<NodeOccupancy> nodes;
};

struct LoadBookCounts {
  // Nodes with devices in use, at the last Build: by how far their telemetry can be trusted.
  std::uint64_t nodes_fresh = 0;    // confidence of one half or more
  std::uint64_t nodes_stale = 0;    // less
  std::uint64_t nodes_missing = 0;  // none: all estimated
  // Readings, since the start.
  std::uint64_t accepted = 0;
  std::uint64_t repeated = 0;   // not newer than what was known: a frozen source, or asked too soon
  std::uint64_t clock = 0;      // from the future: somebody's clock is wrong
  std::uint64_t outdated = 0;   // older than the cutoff
  std::uint64_t discarded = 0;  // samples that cannot be, and readings that are no load

  // Less than half of what is in use is measured: the load term counts for less.
  bool degraded() const { return nodes_fresh < nodes_stale + nodes_missing; }
};

// Each reading, as it comes, is smoothed into the state of its endpoint or device:
//
//   Observe ─▶ fresh ──(age)──▶ stale: estimate mixed in ──(cutoff)──▶ forgotten
//                 ▲                         │
//                 └──── a newer sample ─────┘
//
// Build combines per shared device (x: load, q: confidence of each part):
//   e  measured endpoints on it, 1 - prod(1 - load); a stale one is q load + (1 - q) estimate
//   b  settled pods that nobody measures: a batch pod weighs what it holds, the larger of its
//      shares of memory and cores; a server the estimate
//   g  the device's own utilisation, as its exporter says
//   x = e                    all are measured
//       q max(e, g) + (1 - q) (e or b)   some are
//       q g + (1 - q) b      none is
//       q g                  nobody is on it
//   and then, on top: pods that g cannot have seen yet (bound since, or not ready).
// The estimate of a server: what its owner says, else the mean of fresh endpoints with the same
// model, else the median of all fresh ones, else unknown_load; at least least_estimate.
// Of a whole node the mean over the devices that are held.
// Thread-safe.
class LoadBook {
 public:
  explicit LoadBook(LoadModel model) : model_(model) {}

  void Observe(const Readings& readings, Instant now) BERTH_EXCLUDES(mu_);
  // Forgets what is older than the cutoff. Every node of the occupancy has its row.
  std::shared_ptr<const cluster::LoadTable> Build(const Occupancy& occupancy, Instant now)
      BERTH_EXCLUDES(mu_);

  LoadBookCounts counts() const BERTH_EXCLUDES(mu_);

 private:
  struct Smoothed {
    double value = 0;
    Instant at;  // of the sample
  };
  struct Endpoint {
    Smoothed load;
    double queue_seconds = 0;
  };
  struct DeviceState {
    std::string id;
    int index = -1;
    std::string ns;
    std::string pod;
    Smoothed utilisation;
  };
  using Endpoints = std::unordered_map<std::string, Endpoint>;
  using Devices = std::unordered_map<std::string, std::vector<DeviceState>>;  // by node
  class Builder;

  // False: the sample's time rules it out.
  bool Timely(Instant at, std::optional<Instant> known, Instant now) BERTH_REQUIRES(mu_);
  void Observe(const EndpointReading& reading, Instant now) BERTH_REQUIRES(mu_);
  void Observe(const DeviceReading& reading, Instant now) BERTH_REQUIRES(mu_);
  void Smooth(Smoothed& state, double value, Instant at) const;
  void Forget(Instant now) BERTH_REQUIRES(mu_);

  const LoadModel model_;
  mutable Mutex mu_;
  Endpoints endpoints_ BERTH_GUARDED_BY(mu_);  // by uid of the pod
  Devices devices_ BERTH_GUARDED_BY(mu_);
  LoadBookCounts counts_ BERTH_GUARDED_BY(mu_);
};

}  // namespace berth::telemetry
