#include "berth/sim/node_store.h"

#include <algorithm>

#include "berth/sim/event_queue.h"

namespace berth::sim {
namespace {

using cluster::Tier;

Duration Over(Bytes bytes, double rate) {
  return FromSeconds(static_cast<double>(bytes.count()) / rate);
}

}  // namespace

bool ModelCache::Has(ModelIndex model) const {
  return std::ranges::find(entries_, model, &Entry::model) != entries_.end();
}

void ModelCache::Touch(ModelIndex model) {
  const auto at = std::ranges::find(entries_, model, &Entry::model);
  if (at != entries_.end()) {
    std::rotate(at, at + 1, entries_.end());
  }
}

void ModelCache::Put(ModelIndex model, Bytes bytes) {
  if (Has(model)) {
    Touch(model);
    return;
  }
  if (bytes > capacity_) {
    return;
  }
  auto kept = entries_.begin();
  while (free() < bytes) {
    used_ = used_ - kept->bytes;
    ++kept;
  }
  entries_.erase(entries_.begin(), kept);
  entries_.push_back({.model = model, .bytes = bytes});
  used_ += bytes;
}

NodeStore::NodeStore(const std::vector<ModelWeights>& models, const cluster::Rates& rates,
                     Bytes host, Bytes disk)
    : models_(models), rates_(rates), host_(host), disk_(disk), arrives_(models.size()) {}

Duration NodeStore::ArrivesIn(ModelIndex model, Duration now) const {
  return std::max(Duration::zero(), arrives_[model] - now);
}

Duration NodeStore::DiskWait(Duration now) const {
  return std::max(Duration::zero(), disk_free_ - now);
}

Duration NodeStore::NetworkWait(Duration now) const {
  return std::max(Duration::zero(), network_free_ - now);
}

NodeStore::Load NodeStore::Begin(ModelIndex model, Duration now) {
  const ModelWeights& weights = models_[model];
  const double link = rates_.device_from_host * weights.devices;
  if (host_.Has(model)) {
    host_.Touch(model);
    return {.from = Tier::kHost, .takes = Over(weights.bytes, link)};
  }
  Load best{.from = Tier::kRemote,
            .takes = NetworkWait(now) + Over(weights.bytes, std::min(rates_.from_remote, link))};
  if (disk_.Has(model)) {
    const Duration takes =
        DiskWait(now) + Over(weights.bytes, std::min(rates_.host_from_disk, link));
    if (takes < best.takes) {
      best = {.from = Tier::kDisk, .takes = takes};
    }
  }
  if (const Duration left = ArrivesIn(model, now); left > Duration::zero()) {
    const Duration takes = left + Over(weights.bytes, link);
    if (takes < best.takes) {
      return {.from = Tier::kHost, .takes = takes};
    }
  }
  const Duration ends = now + best.takes;
  if (best.from == Tier::kDisk) {
    disk_.Touch(model);
    disk_free_ = ends;
  } else {
    network_free_ = ends;
  }
  arrives_[model] = arrives_[model] > now ? std::min(arrives_[model], ends) : ends;
  return best;
}

void NodeStore::End(ModelIndex model, Tier from) {
  host_.Put(model, models_[model].bytes);
  if (from == Tier::kRemote) {
    PutOnDisk(model);
  }
}

}  // namespace berth::sim
