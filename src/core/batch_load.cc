// batch-load: how full the batchers on the devices are once the pod has docked. raw: the load of
// the fullest chosen device; normalised: what of it exceeds the device, plus the queue that is
// there already against the weight of the term, plus a little for each bit of load, so that of two
// devices with room the idler one wins.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "scorers.h"

namespace berth::core {
namespace {

using cluster::DeviceSet;
using cluster::DeviceShare;
using cluster::NodeLoad;

// Of the worst, for a full but not overfull device. Ten times as much would outweigh a tight device
// (docs/simulation.md).
constexpr double kLean = 0.001;

double CapacityOf(const cluster::NodeRow& row) {
  return row.usable.empty() ? 0 : static_cast<double>(row.memory_capacity) / row.usable.size();
}

struct DeviceFigures {
  double load = 0;  // after docking
  double queue_seconds = 0;
};

// Prices one pod on any device. What the pod will add is what it asks of the compute, else what
// its variant says, else its part of the memory; what others have taken since the load was told
// counts by memory too.
class Loads {
 public:
  explicit Loads(const Cycle& cycle)
      : table_(*cycle.snapshot.outlook().loads), limit_(cycle.policy.weights.batch_load) {
    if (cycle.pod.demand.share) {
      const DeviceShare& share = *cycle.pod.demand.share;
      memory_ = static_cast<double>(share.memory.count());
      own_ = static_cast<double>(share.cores.count()) / 100.0;
    }
    if (own_ == 0 && cycle.variant != nullptr) {
      own_ = static_cast<double>(cycle.variant->cores.count()) / 100.0;
    }
  }

  const NodeLoad* On(cluster::NodeIndex node) const {
    return node < table_.nodes.size() ? &table_.nodes[node] : nullptr;
  }

  DeviceFigures Of(const NodeLoad& told, const NodeView& node, int device, double capacity) const {
    const auto i = static_cast<std::size_t>(device);
    const double taken = std::max(0, told.free_memory[i] - node.row.free_memory[i]);
    const double own = own_ > 0 || capacity <= 0 ? own_ : std::min(1.0, memory_ / capacity);
    const double since = capacity > 0 ? std::min(1.0, taken / capacity) : 0;
    return {.load = told.load[i] + since + own, .queue_seconds = told.queue_seconds[i]};
  }

  // Of several devices the fullest counts: they work in step.
  DeviceFigures Of(const NodeView& node, DeviceSet chosen) const {
    DeviceFigures worst;
    const NodeLoad* told = On(node.index);
    if (told == nullptr) {
      return worst;
    }
    if (chosen.empty()) {  // whole devices: the kubelet gives free ones, the host is what is shared
      return {.load = told->load[0], .queue_seconds = 0};
    }
    const double capacity = CapacityOf(node.row);
    chosen.ForEach([&](int device) {
      const DeviceFigures figures = Of(*told, node, device, capacity);
      worst.load = std::max(worst.load, figures.load);
      worst.queue_seconds = std::max(worst.queue_seconds, figures.queue_seconds);
    });
    return worst;
  }

  double Normalised(const DeviceFigures& figures) const {
    return std::clamp(std::max(0.0, figures.load - 1.0) + (figures.queue_seconds / limit_) +
                          (kLean * figures.load),
                      0.0, 1.0);
  }

 private:
  const cluster::LoadTable& table_;
  double limit_;
  double memory_ = 0;  // MiB that the pod takes on each device
  double own_ = 0;     // 0: not said
};

class BatchLoadScorer final : public Scorer {
 public:
  std::string_view name() const override { return "batch-load"; }
  std::string_view unit() const override { return "load after docking"; }

  // Where little is measured, little is said.
  double WeightOf(const Cycle& cycle) const override {
    const auto& loads = cycle.snapshot.outlook().loads;
    const double trust = loads == nullptr ? 0 : std::min(1.0, 2.0 * loads->fresh_share);
    return cycle.policy.weights.batch_load * trust;
  }

  NodeCost Prepare(const Cycle& cycle) const override {
    if (cycle.snapshot.outlook().loads == nullptr) {
      return {};
    }
    return [loads = Loads(cycle)](const NodeView& node, DeviceSet chosen) {
      const DeviceFigures figures = loads.Of(node, chosen);
      return Cost{.raw = figures.load, .normalised = loads.Normalised(figures)};
    };
  }

  DevicePricer PrepareDevices(const Cycle& cycle) const override {
    if (cycle.snapshot.outlook().loads == nullptr) {
      return {};
    }
    return [loads = Loads(cycle)](const NodeView& node, float weight, DeviceCosts& costs) {
      const NodeLoad* told = loads.On(node.index);
      if (told == nullptr) {
        return;
      }
      const double capacity = CapacityOf(node.row);
      node.roomy.ForEach([&](int device) {
        costs[static_cast<std::size_t>(device)] +=
            weight * static_cast<float>(loads.Normalised(loads.Of(*told, node, device, capacity)));
      });
    };
  }

  std::string Explain(const Cycle& cycle, const NodeView& node, DeviceSet chosen) const override {
    const auto& told_of = cycle.snapshot.outlook().loads;
    if (told_of == nullptr || told_of->fresh_share <= 0) {
      return "left out: nothing is measured";
    }
    const Loads loads(cycle);
    const DeviceFigures figures = loads.Of(node, chosen);
    const NodeLoad* told = loads.On(node.index);
    std::string text = fmt::format("load {:.2f} after docking", figures.load);
    if (figures.queue_seconds > 0) {
      text += fmt::format(", requests wait {:.1f} s there now", figures.queue_seconds);
    }
    if (told == nullptr || told->confidence <= 0) {
      text += ", estimated: nothing fresh is measured";
    } else if (told->confidence < 1) {
      text += fmt::format(", {:.0f} % of it measured", told->confidence * 100);
    }
    return text;
  }
};

}  // namespace

std::unique_ptr<const Scorer> MakeBatchLoadScorer() { return std::make_unique<BatchLoadScorer>(); }

}  // namespace berth::core
