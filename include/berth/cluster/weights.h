// Where model weights are, and how fast they move.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "berth/base/units.h"
#include "berth/cluster/device.h"
#include "berth/cluster/names.h"
#include "berth/cluster/node.h"

namespace berth::cluster {

// From where weights come, nearest first.
enum class Tier : std::uint8_t { kDevice, kHost, kDisk, kPeer, kRemote };
inline constexpr int kTierCount = 5;

// Bytes per second of each hop into a node of one class.
struct Rates {
  double device_from_host = 20e9;  // each device has its own link
  double host_from_disk = 3e9;     // shared by all loads on the node
  double from_peer = 0;            // another node; shared; 0: there is no such way
  double cross_rack = 0;           // caps it where that one is in another rack; 0: no cap
  double from_remote = 0.2e9;      // the remote store; shared
  double cross_zone = 0.2e9;       // caps peer and remote where the other end is in another zone

  friend bool operator==(const Rates&, const Rates&) = default;
};

// So much of some weights lies on a node.
struct WeightCopy {
  NodeIndex node = 0;
  Tier tier = Tier::kDisk;  // kDevice, kHost or kDisk
  Bytes bytes;              // of them; fewer than all: a partial copy
  DeviceSet devices;        // of kDevice
  float ready_in = 0;       // seconds until it is there; 0: it is

  friend bool operator==(const WeightCopy&, const WeightCopy&) = default;
};

// Room for `bytes` in host memory costs `seconds` of later starts: what would be thrown out is to
// be loaded again.
struct Eviction {
  Bytes bytes;
  float seconds = 0;

  friend bool operator==(const Eviction&, const Eviction&) = default;
};

struct NodeLoading {
  std::uint16_t rates = 0;          // position in WeightTable::rates
  float disk_queue_seconds = 0;     // of loads under way or waiting
  float network_queue_seconds = 0;  // same
  std::vector<Eviction> evictions;  // by bytes, both columns growing; empty: room costs nothing

  friend bool operator==(const NodeLoading&, const NodeLoading&) = default;
};

// Immutable. Indices of nodes are those of `names`.
class WeightTable {
 public:
  using Copies = std::vector<WeightCopy>;  // by node, then nearest tier first

  std::shared_ptr<const NameTable> names;
  std::vector<Rates> rates;        // [0] is the default
  std::vector<NodeLoading> nodes;  // by index; nodes beyond its end: as NodeLoading{}
  std::unordered_map<std::string, Copies> copies;  // by source

  // A table that knows no copies, every node at the default rates.
  static const WeightTable& Nothing();

  // Empty when nobody has any.
  const Copies& Find(const std::string& source) const;
  const NodeLoading& loading(NodeIndex node) const;
  const Rates& rates_of(NodeIndex node) const { return rates[loading(node).rates]; }
};

}  // namespace berth::cluster
