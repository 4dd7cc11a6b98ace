#include "berth/core/placement_cost.h"

#include <algorithm>
#include <limits>

namespace berth::core {
namespace {

using cluster::NodeIndex;
using cluster::Rates;
using cluster::Tier;
using cluster::WeightCopy;
using cluster::WeightTable;

// A hop that does not exist takes for ever; the sum stays a number that compares.
constexpr double kForever = 1e9;

double Over(Bytes bytes, double rate) {
  return rate > 0 ? static_cast<double>(bytes.count()) / rate : kForever;
}

bool CanGive(const WeightCopy& copy, Bytes weights) {
  return copy.ready_in <= 0 && copy.bytes >= weights;
}

const WeightTable& TableOf(const cluster::Snapshot& snapshot) {
  const auto& weights = snapshot.outlook().weights;
  return weights != nullptr ? *weights : WeightTable::Nothing();
}

auto CopiesOn(NodeIndex node, const WeightTable::Copies& copies) {
  return std::ranges::equal_range(copies, node, {}, &WeightCopy::node);
}

double EvictionSeconds(const cluster::NodeLoading& loading, Bytes room) {
  if (loading.evictions.empty()) {
    return 0;
  }
  const auto at = std::ranges::lower_bound(loading.evictions, room, {}, &cluster::Eviction::bytes);
  return at == loading.evictions.end() ? loading.evictions.back().seconds : at->seconds;
}

}  // namespace

WaysFromAfar::WaysFromAfar(const cluster::Snapshot& snapshot, const WeightTable& table,
                           const WeightTable::Copies& copies, Bytes bytes,
                           const std::vector<std::string>& zones)
    : snapshot_(snapshot),
      table_(table),
      whole_copies_by_zone_(snapshot.zones().size(), 0),
      whole_copies_by_rack_(snapshot.racks().size(), 0) {
  stored_in_zone_.reserve(snapshot.zones().size());
  for (const std::string& zone : snapshot.zones()) {
    stored_in_zone_.push_back(zone.empty() || zones.empty() ||
                              std::ranges::find(zones, zone) != zones.end());
  }
  NodeIndex last = std::numeric_limits<NodeIndex>::max();
  for (const WeightCopy& copy : copies) {
    if (CanGive(copy, bytes) && copy.node != last && copy.node < snapshot.size()) {
      last = copy.node;
      const cluster::NodeRow& row = snapshot.row(copy.node);
      ++whole_copies_;
      ++whole_copies_by_zone_[row.zone];
      ++whole_copies_by_rack_[row.rack];
    }
  }
}

WaysFromAfar::Way WaysFromAfar::Best(NodeIndex node, double link, bool has_whole) const {
  const Rates& rates = table_.rates_of(node);
  const cluster::NodeRow& row = snapshot_.row(node);
  const double remote =
      stored_in_zone_[row.zone] ? rates.from_remote : std::min(rates.from_remote, rates.cross_zone);
  Way way{.rate = std::min(remote, link),
          .queue_seconds = table_.loading(node).network_queue_seconds,
          .tier = Tier::kRemote};
  const std::uint32_t own = has_whole ? 1 : 0;
  if (whole_copies_ <= own) {
    return way;
  }
  double peer = std::min(rates.from_peer, link);
  Distance distance = Distance::kSameRack;
  if (whole_copies_by_rack_[row.rack] <= own) {
    distance = Distance::kSameZone;
    peer = rates.cross_rack > 0 ? std::min(peer, rates.cross_rack) : peer;
  }
  if (whole_copies_by_zone_[row.zone] <= own) {
    distance = Distance::kOtherZone;
    peer = std::min(peer, rates.cross_zone);
  }
  if (peer > way.rate) {
    way.rate = peer;
    way.tier = Tier::kPeer;
    way.distance = distance;
  }
  return way;
}

PlacementPrices::PlacementPrices(const cluster::Snapshot& snapshot,
                                 const cluster::ModelVariant& variant)
    : variant_(variant),
      table_(TableOf(snapshot)),
      copies_(table_.Find(variant.source)),
      afar_(snapshot, table_, copies_, variant.weights, variant.zones) {}

PlacementCost PlacementPrices::On(NodeIndex node) const {
  const cluster::NodeLoading& loading = table_.loading(node);
  const Rates& rates = table_.rates_of(node);
  const double link = rates.device_from_host * std::max(variant_.devices, 1);
  const auto here = CopiesOn(node, copies_);
  const bool has_whole = std::ranges::any_of(
      here, [&](const WeightCopy& copy) { return CanGive(copy, variant_.weights); });
  const WaysFromAfar::Way afar = afar_.Best(node, link, has_whole);

  PlacementCost best{.tier = afar.tier,
                     .distance = afar.distance,
                     .bytes = variant_.weights,
                     .transfer_seconds = Over(variant_.weights, afar.rate),
                     .queue_seconds = afar.queue_seconds};
  best.seconds = best.transfer_seconds + best.queue_seconds;
  bool in_host = false;
  for (const WeightCopy& copy : here) {
    const bool in_memory = copy.tier != Tier::kDisk;
    in_host = in_host || (in_memory && copy.ready_in <= 0 && copy.bytes >= variant_.weights);
    const Bytes part = std::min(copy.bytes, variant_.weights);
    const Bytes rest = variant_.weights - part;
    const double rate = in_memory ? link : std::min(rates.host_from_disk, link);
    PlacementCost cost{.tier = rest > Bytes(0) ? afar.tier : copy.tier,
                       .distance = afar.distance,
                       .bytes = rest > Bytes(0) ? rest : part,
                       .transfer_seconds = Over(part, rate),
                       .queue_seconds = copy.ready_in};
    if (!in_memory) {
      cost.queue_seconds += loading.disk_queue_seconds;
    }
    if (rest > Bytes(0)) {
      cost.transfer_seconds += Over(rest, afar.rate);
      cost.queue_seconds += afar.queue_seconds;
    }
    cost.seconds = cost.transfer_seconds + cost.queue_seconds;
    if (cost.seconds < best.seconds) {
      best = cost;
    }
  }
  if (!in_host) {
    best.eviction_seconds = EvictionSeconds(loading, variant_.weights);
    best.seconds += best.eviction_seconds;
  }
  return best;
}

DataPrices::DataPrices(const cluster::Snapshot& snapshot, const cluster::PodRequest& pod) {
  const cluster::Catalog* catalog = snapshot.outlook().catalog.get();
  if (catalog == nullptr) {
    return;
  }
  for (const std::string& name : pod.data) {
    if (const cluster::Dataset* dataset = catalog->FindDataset(name)) {
      const WeightTable& table = TableOf(snapshot);
      const WeightTable::Copies& copies = table.Find(dataset->source);
      datasets_.push_back(
          {.dataset = dataset,
           .copies = &copies,
           .afar = WaysFromAfar(snapshot, table, copies, dataset->size, dataset->zones)});
    }
  }
}

PlacementCost DataPrices::On(std::size_t i, NodeIndex node) const {
  const Entry& entry = datasets_[i];
  const Bytes size = entry.dataset->size;
  const auto here = CopiesOn(node, *entry.copies);
  const bool has_whole =
      std::ranges::any_of(here, [&](const WeightCopy& copy) { return CanGive(copy, size); });
  const WaysFromAfar::Way afar =
      entry.afar.Best(node, std::numeric_limits<double>::infinity(), has_whole);
  PlacementCost best{.tier = afar.tier,
                     .distance = afar.distance,
                     .bytes = size,
                     .transfer_seconds = Over(size, afar.rate),
                     .queue_seconds = afar.queue_seconds};
  best.seconds = best.transfer_seconds + best.queue_seconds;
  for (const WeightCopy& copy : here) {
    const Bytes rest = size - std::min(copy.bytes, size);
    PlacementCost cost{
        .tier = std::max(copy.tier, Tier::kHost), .bytes = size, .transfer_seconds = copy.ready_in};
    if (rest > Bytes(0)) {
      cost.tier = afar.tier;
      cost.distance = afar.distance;
      cost.bytes = rest;
      cost.transfer_seconds += Over(rest, afar.rate);
      cost.queue_seconds = afar.queue_seconds;
    }
    cost.seconds = cost.transfer_seconds + cost.queue_seconds;
    if (cost.seconds < best.seconds) {
      best = cost;
    }
  }
  return best;
}

double DataPrices::SecondsOn(NodeIndex node, bool waited) const {
  double seconds = 0;
  for (std::size_t i = 0; i < datasets_.size(); ++i) {
    const PlacementCost cost = On(i, node);
    seconds += waited ? cost.transfer_seconds : cost.seconds;
    waited = waited || cost.queue_seconds > 0;
  }
  return seconds;
}

double SecondsUntilThere(const PlacementPrices* weights, const DataPrices& data, NodeIndex node) {
  if (weights == nullptr) {
    return data.SecondsOn(node, false);
  }
  const PlacementCost cost = weights->On(node);
  return cost.seconds + data.SecondsOn(node, cost.tier >= Tier::kPeer);
}

}  // namespace berth::core
