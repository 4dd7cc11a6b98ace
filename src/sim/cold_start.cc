#include "berth/sim/cold_start.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <utility>

#include "berth/base/check.h"
#include "berth/cluster/catalog.h"
#include "berth/cluster/node_load.h"
#include "berth/sim/event_queue.h"
#include "berth/sim/node_store.h"
#include "berth/sim/virtual_cluster.h"

namespace berth::sim {
namespace {

using cluster::DeviceSet;
using cluster::NodeIndex;
using cluster::Tier;

constexpr std::string_view kVariant = "fp16";

std::string ModelName(std::uint32_t model) { return fmt::format("model-{:03}", model); }
std::string NodeName(int node) { return fmt::format("node-{:03}", node); }

Percent ToPercent(double compute) {
  return Percent(static_cast<std::int64_t>(std::ceil(compute * 100)));
}

enum class EventKind : std::uint8_t { kStart, kLoaded, kGone };

struct Event {
  EventKind kind = EventKind::kStart;
  std::uint32_t replica = 0;
};

// What became of a start.
struct Replica {
  NodeIndex node = 0;
  DeviceSet devices;
  Tier from = Tier::kHost;
  Duration took{};  // from pod to ready
  bool crowded = false;
};

// The compute that replicas want of one device.
struct DeviceUse {
  double compute = 0;
  std::vector<std::uint32_t> replicas;
};

// One policy in one workload.
class World {
 public:
  World(const ColdStartSettings& settings, const ColdStartWorkload& workload, const Policy& policy,
        std::uint64_t seed)
      : settings_(settings),
        workload_(workload),
        books_cores_(policy.books_cores),
        place_(policy.make(seed)),
        replicas_(workload.starts.size()) {
    for (const ColdStartModel& model : workload.models) {
      const ModelClass& of = settings.classes[model.model_class];
      weights_.push_back({.bytes = of.weights, .devices = of.devices});
    }
    const ColdStartFleet& fleet = settings.fleet;
    for (int i = 0; i < fleet.nodes; ++i) {
      cluster_.AddNode(
          {.name = NodeName(i), .devices = fleet.devices, .device_memory = fleet.device_memory});
      stores_.emplace_back(weights_, fleet.rates, fleet.host, fleet.disk);
      uses_.emplace_back(static_cast<std::size_t>(fleet.devices));
    }
    for (std::uint32_t model = 0; model < workload.on_disk.size(); ++model) {
      for (const std::uint32_t node : workload.on_disk[model]) {
        stores_[node].PutOnDisk(model);
      }
    }
    cluster_.SetCatalog(MakeCatalog());
  }

  std::vector<Replica> Run() {
    for (std::uint32_t i = 0; i < workload_.starts.size(); ++i) {
      events_.Push(workload_.starts[i].at, {.kind = EventKind::kStart, .replica = i});
    }
    while (!events_.empty()) {
      const Event event = events_.Pop();
      switch (event.kind) {
        case EventKind::kStart:
          if (!Start(event.replica)) {
            waiting_.push_back(event.replica);
          }
          break;
        case EventKind::kLoaded:
          stores_[replicas_[event.replica].node].End(ModelOf(event.replica),
                                                     replicas_[event.replica].from);
          break;
        case EventKind::kGone:
          Leave(event.replica);
          StartWaiting();
          break;
      }
    }
    BERTH_CHECK(waiting_.empty());  // each fits an empty node
    return std::move(replicas_);
  }

 private:
  std::uint32_t ModelOf(std::uint32_t replica) const { return workload_.starts[replica].model; }
  const ModelClass& ClassOf(std::uint32_t model) const {
    return settings_.classes[workload_.models[model].model_class];
  }
  static std::string UidOf(std::uint32_t replica) { return fmt::format("uid-{:06}", replica); }

  std::shared_ptr<const cluster::Catalog> MakeCatalog() const {
    std::vector<cluster::Model> models;
    for (std::uint32_t i = 0; i < workload_.models.size(); ++i) {
      const ModelClass& of = ClassOf(i);
      models.push_back({.name = ModelName(i),
                        .start = FromSeconds(settings_.engine_start),
                        .variants = {{.name = std::string(kVariant),
                                      .source = ModelName(i),
                                      .weights = of.weights,
                                      .devices = of.devices,
                                      .memory = of.memory,
                                      .cores = ToPercent(of.compute)}}});
    }
    return std::make_shared<const cluster::Catalog>(std::move(models), "cold-start");
  }

  cluster::DeviceShare ShareOf(std::uint32_t replica) const {
    const ReplicaStart& start = workload_.starts[replica];
    const ModelClass& of = ClassOf(start.model);
    return {.memory = of.memory,
            .cores = books_cores_ ? ToPercent(start.compute) : Percent(0),
            .count = of.devices};
  }

  cluster::PodRequest PodOf(std::uint32_t replica) const {
    return {.ns = "models",
            .name = fmt::format("replica-{:06}", replica),
            .uid = UidOf(replica),
            .demand = {.share = ShareOf(replica)},
            .model = ModelName(ModelOf(replica))};
  }

  // Places the replica and begins its load; false: there is no room.
  bool Start(std::uint32_t index) {
    const cluster::PodRequest pod = PodOf(index);
    const std::uint32_t model = ModelOf(index);
    const cluster::SnapshotPtr snapshot = Look(model);
    const std::optional<Spot> spot = place_(*snapshot, pod);
    if (!spot) {
      return false;
    }
    const Status docked = cluster_.Dock(pod, snapshot->names().name(spot->node), spot->devices);
    BERTH_CHECK(docked.ok());  // a policy that gives room away twice

    const ReplicaStart& start = workload_.starts[index];
    const Duration now = events_.now();
    const NodeStore::Load load = stores_[spot->node].Begin(model, now);
    Replica& replica = replicas_[index];
    replica.node = spot->node;
    replica.devices = spot->devices;
    replica.from = load.from;
    const Duration ready = now + load.takes + FromSeconds(settings_.engine_start);
    replica.took = ready - start.at;
    replica.devices.ForEach([&](int device) { Crowd(UseOf(replica, device), index); });
    if (load.from != Tier::kHost) {
      events_.Push(now + load.takes, {.kind = EventKind::kLoaded, .replica = index});
    }
    events_.Push(ready + start.life, {.kind = EventKind::kGone, .replica = index});
    return true;
  }

  // All that wait are tried again, first come first. Room only shrinks meanwhile, so who wants no
  // less than one that found none finds none either.
  void StartWaiting() {
    std::vector<cluster::DeviceShare> refused;
    std::erase_if(waiting_, [&](std::uint32_t replica) {
      const cluster::DeviceShare share = ShareOf(replica);
      const bool is_hopeless = std::ranges::any_of(refused, [&](const cluster::DeviceShare& other) {
        return other.memory <= share.memory && other.cores <= share.cores &&
               other.count <= share.count;
      });
      if (is_hopeless) {
        return false;
      }
      if (Start(replica)) {
        return true;
      }
      refused.push_back(share);
      return false;
    });
  }

  void Leave(std::uint32_t index) {
    cluster_.Leave(UidOf(index));
    const Replica& replica = replicas_[index];
    replica.devices.ForEach([&](int device) {
      DeviceUse& use = UseOf(replica, device);
      std::erase(use.replicas, index);
      // Summed anew, so that what rounding leaves behind does not pile up.
      use.compute = 0;
      for (const std::uint32_t other : use.replicas) {
        use.compute += workload_.starts[other].compute;
      }
    });
  }

  DeviceUse& UseOf(const Replica& replica, int device) {
    return uses_[replica.node][static_cast<std::size_t>(device)];
  }

  void Crowd(DeviceUse& use, std::uint32_t index) {
    use.compute += workload_.starts[index].compute;
    use.replicas.push_back(index);
    if (use.compute > 1) {
      for (const std::uint32_t on_it : use.replicas) {
        replicas_[on_it].crowded = true;
      }
    }
  }

  // The cluster as a scheduler sees it that knows all: loads as they are, and of the weights those
  // that the pod is about.
  cluster::SnapshotPtr Look(std::uint32_t model) {
    const cluster::SnapshotPtr rows = cluster_.snapshot();
    cluster_.SetLoads(Loads(*rows));
    cluster_.SetWeights(Weights(*rows, model));
    return cluster_.snapshot();
  }

  std::shared_ptr<const cluster::LoadTable> Loads(const cluster::Snapshot& rows) const {
    auto table = std::make_shared<cluster::LoadTable>();
    table->names = rows.names_ptr();
    table->fresh_share = 1;
    for (NodeIndex node = 0; node < uses_.size(); ++node) {
      cluster::NodeLoad load{.free_memory = rows.row(node).free_memory, .confidence = 1};
      for (std::size_t device = 0; device < uses_[node].size(); ++device) {
        load.load[device] = static_cast<float>(uses_[node][device].compute);
      }
      table->nodes.push_back(load);
    }
    return table;
  }

  std::shared_ptr<const cluster::WeightTable> Weights(const cluster::Snapshot& rows,
                                                      std::uint32_t model) const {
    auto table = std::make_shared<cluster::WeightTable>();
    table->names = rows.names_ptr();
    table->rates = {settings_.fleet.rates};
    const Duration now = events_.now();
    const Bytes bytes = weights_[model].bytes;
    const std::vector<int> holders = Holders();
    cluster::WeightTable::Copies copies;
    for (NodeIndex node = 0; node < stores_.size(); ++node) {
      const NodeStore& store = stores_[node];
      if (store.host().Has(model)) {
        copies.push_back({.node = node, .tier = Tier::kHost, .bytes = bytes});
      } else if (const Duration left = store.ArrivesIn(model, now); left > Duration::zero()) {
        copies.push_back({.node = node,
                          .tier = Tier::kHost,
                          .bytes = bytes,
                          .ready_in = static_cast<float>(Seconds(left))});
      }
      if (store.disk().Has(model)) {
        copies.push_back({.node = node, .tier = Tier::kDisk, .bytes = bytes});
      }
      table->nodes.push_back(
          {.disk_queue_seconds = static_cast<float>(Seconds(store.DiskWait(now))),
           .network_queue_seconds = static_cast<float>(Seconds(store.NetworkWait(now))),
           .evictions = Evictions(store, holders)});
    }
    table->copies.emplace(ModelName(model), std::move(copies));
    return table;
  }

  // Nodes that have a model in host memory, by model.
  std::vector<int> Holders() const {
    std::vector<int> holders(weights_.size());
    for (const NodeStore& store : stores_) {
      for (const ModelCache::Entry& entry : store.host().entries()) {
        ++holders[entry.model];
      }
    }
    return holders;
  }

  // What is thrown out of host memory is loaded from disk instead at its next start here: as often
  // as it is started at all, by as many nodes as have it.
  std::vector<cluster::Eviction> Evictions(const NodeStore& store,
                                           const std::vector<int>& holders) const {
    const cluster::Rates& rates = settings_.fleet.rates;
    const auto& entries = store.host().entries();
    std::vector<cluster::Eviction> evictions;
    evictions.reserve(entries.size() + 1);
    Bytes room = store.host().free();
    evictions.push_back({.bytes = room});
    double seconds = 0;
    for (const ModelCache::Entry& victim : entries) {
      const auto bytes = static_cast<double>(victim.bytes.count());
      const double later = (bytes / rates.host_from_disk) -
                           (bytes / (rates.device_from_host * weights_[victim.model].devices));
      seconds += workload_.models[victim.model].popularity / holders[victim.model] * later;
      room += victim.bytes;
      evictions.push_back({.bytes = room, .seconds = static_cast<float>(seconds)});
    }
    return evictions;
  }

  const ColdStartSettings& settings_;
  const ColdStartWorkload& workload_;
  bool books_cores_;
  Placer place_;
  std::vector<ModelWeights> weights_;  // by model
  std::vector<NodeStore> stores_;      // by node
  std::vector<std::vector<DeviceUse>> uses_;
  VirtualCluster cluster_;
  EventQueue<Event> events_;
  std::deque<std::uint32_t> waiting_;
  std::vector<Replica> replicas_;  // as workload.starts
};

// Sorted, not empty: the smallest that is no less than a share `p` of them.
double Percentile(const std::vector<double>& sorted, double p) {
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

ColdStartRow RunColdStart(const ColdStartSettings& settings, const ColdStartWorkload& workload,
                          const Policy& policy, std::uint64_t seed) {
  const std::vector<Replica> replicas = World(settings, workload, policy, seed).Run();
  ColdStartRow row{.policy = std::string(policy.name), .seed = seed};
  if (replicas.empty()) {
    return row;
  }
  const auto first =
      static_cast<std::size_t>(settings.warm_up * static_cast<double>(replicas.size()));
  std::vector<double> seconds;
  const double share = 1 / static_cast<double>(replicas.size() - first);
  for (std::size_t i = first; i < replicas.size(); ++i) {
    const Replica& replica = replicas[i];
    const ColdStartModel& model = workload.models[workload.starts[i].model];
    const auto bytes = static_cast<double>(settings.classes[model.model_class].weights.count());
    const double limit = settings.engine_start + 2 * bytes / settings.fleet.rates.host_from_disk;
    const bool in_time = replica.took <= FromSeconds(limit);
    seconds.push_back(Seconds(replica.took));
    row.mean += seconds.back() * share;
    row.in_time += in_time ? share : 0;
    row.goodput += in_time && !replica.crowded ? share : 0;
    row.from[static_cast<std::size_t>(replica.from)] += share;
  }
  std::ranges::sort(seconds);
  row.p50 = Percentile(seconds, 0.5);
  row.p95 = Percentile(seconds, 0.95);
  row.p99 = Percentile(seconds, 0.99);
  return row;
}

ColdStartRow MeanOf(std::span<const ColdStartRow> rows) {
  ColdStartRow mean{.policy = rows.front().policy};
  const auto add = [&](double& sum, double value) {
    sum += value / static_cast<double>(rows.size());
  };
  for (const ColdStartRow& row : rows) {
    add(mean.mean, row.mean);
    add(mean.p50, row.p50);
    add(mean.p95, row.p95);
    add(mean.p99, row.p99);
    add(mean.in_time, row.in_time);
    add(mean.goodput, row.goodput);
    for (std::size_t i = 0; i < row.from.size(); ++i) {
      add(mean.from[i], row.from[i]);
    }
  }
  return mean;
}

std::vector<ColdStartRow> CompareColdStart(
    const ColdStartSettings& settings, std::span<const Policy* const> policies,
    std::span<const std::uint64_t> seeds,
    const std::function<void(std::size_t, std::size_t)>& done) {
  std::vector<ColdStartWorkload> workloads;
  for (const std::uint64_t seed : seeds) {
    workloads.push_back(MakeColdStartWorkload(settings, seed));
  }
  const std::size_t runs = policies.size() * seeds.size();
  std::vector<ColdStartRow> rows;
  std::size_t finished = 0;
  done(finished, runs);
  for (const Policy* policy : policies) {
    const std::size_t first = rows.size();
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      rows.push_back(RunColdStart(settings, workloads[i], *policy, seeds[i]));
      done(++finished, runs);
    }
    rows.push_back(MeanOf(std::span(rows).subspan(first)));
  }
  return rows;
}

}  // namespace berth::sim
