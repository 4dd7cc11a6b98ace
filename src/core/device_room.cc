// DeviceRoom: enough devices with enough left on each of them.
#include "berth/cluster/room.h"
#include "filters.h"

namespace berth::core {
namespace {

using cluster::DeviceShare;
using cluster::NodeRow;
using cluster::WholeDevices;

Reason JudgeWhole(const NodeRow& row, const std::vector<WholeDevices>& demand) {
  for (const WholeDevices& wanted : demand) {
    const cluster::WholeRoom* room = cluster::FindClass(row, wanted.device_class);
    if (room == nullptr) {
      return Reason::kNoDevices;
    }
    if (room->free < wanted.count) {
      return Reason::kDevices;
    }
  }
  return Reason::kFits;
}

bool HasRoom(cluster::DeviceSet roomy, int count) {
  return count == 1 ? !roomy.empty() : roomy.size() >= count;
}

// Too few devices at all, else memory when too few have that, else compute.
[[gnu::noinline]] Reason WhatIsMissing(const NodeRow& row, const DeviceShare& share) {
  if (row.usable.size() < share.count) {
    return Reason::kDevices;
  }
  const DeviceShare memory_only{.memory = share.memory, .cores = Percent(0), .count = share.count};
  return HasRoom(cluster::Roomy(row, memory_only), share.count) ? Reason::kDeviceCores
                                                                : Reason::kDeviceMemory;
}

class DeviceRoomFilter final : public Filter {
 public:
  std::string_view name() const override { return "DeviceRoom"; }

  NodeCheck Prepare(const Cycle& cycle) const override {
    if (cycle.pod.demand.share) {
      return [share = *cycle.pod.demand.share](const NodeView& node) {
        return HasRoom(node.roomy, share.count) ? Reason::kFits : WhatIsMissing(node.row, share);
      };
    }
    return [whole = cycle.pod.demand.whole](const NodeView& node) {
      return JudgeWhole(node.row, whole);
    };
  }
};

}  // namespace

std::unique_ptr<const Filter> MakeDeviceRoomFilter() {
  return std::make_unique<DeviceRoomFilter>();
}

}  // namespace berth::core
