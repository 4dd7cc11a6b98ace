// What the room on a node is worth to the pods that the cluster usually sees, and how much of that
// a pod would cost. Why so: docs/adr/0017-room-is-worth-what-pods-ask-for.md.
#pragma once

#include <memory>
#include <optional>

#include "berth/cluster/demand.h"
#include "berth/core/cycle.h"

namespace berth::core {

// In devices.
struct WorthLost {
  double room = 0;      // what the chosen devices are worth less
  double stranded = 0;  // how many more have no CPU to go with them; below zero: fewer
  double scarce = 0;    // what is taken, times the price of the node's kind
};

// Prices one pod on any node. Owns what it looks at.
class Fragmentation {
 public:
  // nullopt: nothing is known of what pods ask for.
  static std::optional<Fragmentation> Of(const Cycle& cycle);

  WorthLost On(const NodeView& node, cluster::DeviceSet chosen) const;

  // 0 best .. 1 worst, in steps: losses that differ by less are alike, and nodes that are alike are
  // filled one after the other, in the order of their names.
  double Normalised(const WorthLost& lost) const;

  // The same of a share on one device; of two that lose alike the one with less left is cheaper.
  double OnDevice(const NodeView& node, int device) const;

 private:
  Fragmentation(std::shared_ptr<const cluster::Demand> demand, const cluster::PodRequest& pod);

  const cluster::Demand::OfKind& KindOf(const NodeView& node) const;
  // Of so many free devices those that free CPU is too little for.
  double Stranded(double devices, Millicores cpu) const;

  std::shared_ptr<const cluster::Demand> demand_;
  double cpu_per_device_ = 0;  // millicores, as the demand has it; 0: unknown
  cluster::DeviceDemand asked_;
  Millicores cpu_;
  double least_ = 0;  // that a pod like this can lose
  double range_ = 0;
};

}  // namespace berth::core
