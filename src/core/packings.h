// The published packing policies, for serving. Each gives a node points (berth/core/published.h);
// equal ones are told apart by their names, as all nodes are. A new one is one .cc, one test, one
// line in FindPublished().
#pragma once

#include <functional>
#include <string>

#include "berth/core/cycle.h"
#include "berth/core/scorer.h"

namespace berth::core {

// Prepared once per request, asked once per node with room. Owns what it captures.
using NodePoints = std::function<int(const NodeView&, cluster::DeviceSet chosen)>;

class PublishedPacking {
 public:
  virtual ~PublishedPacking() = default;
  // 0..kMostPoints and at times below. Empty: nothing is known that it could go by.
  virtual NodePoints Prepare(const Cycle& cycle) const = 0;
  // The device of a share. Empty: the one with the least left.
  virtual DevicePricer PrepareDevices(const Cycle& cycle) const;
  // What the points say, for people: "12.0 CPU and 3.50 devices stay free".
  virtual std::string Explain(const Cycle& cycle, const NodeView& node,
                              cluster::DeviceSet chosen) const = 0;
};

// nullptr: the packing is none of them.
const PublishedPacking* FindPublished(Packing packing);

std::unique_ptr<const PublishedPacking> MakeFirstFit();
std::unique_ptr<const PublishedPacking> MakeBestFit();
std::unique_ptr<const PublishedPacking> MakeDotProduct();
std::unique_ptr<const PublishedPacking> MakeFgd();

}  // namespace berth::core
