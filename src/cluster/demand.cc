#include "berth/cluster/demand.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "berth/cluster/product.h"

namespace berth::cluster {
namespace {

std::int64_t DevicesOf(const NodeKind& kind) {
  std::int64_t devices = kind.devices;
  for (const WholeDevices& whole : kind.whole) {
    devices += whole.count;
  }
  return devices;
}

// Devices of the kind that a pod of the class takes; nullopt: no node of the kind could take it.
std::optional<double> TakenOn(const NodeKind& kind, const PodClass& pods) {
  if (pods.cpu > kind.cpu || !WillDo(kind.product, pods.accelerators)) {
    return std::nullopt;
  }
  if (pods.demand.share) {
    const DeviceShare& share = *pods.demand.share;
    const int parts = PartsOf(share, kind.device_memory);
    return share.count <= kind.devices && parts <= kParts
               ? std::optional(static_cast<double>(share.count) * parts / kParts)
               : std::nullopt;
  }
  double taken = 0;
  for (const WholeDevices& wanted : pods.demand.whole) {
    const auto has =
        std::ranges::find(kind.whole, wanted.device_class, &WholeDevices::device_class);
    if (has == kind.whole.end() || has->count < wanted.count) {
      return std::nullopt;
    }
    taken += wanted.count;
  }
  return taken;
}

// Devices on all nodes of the kind that such pods could fill before its CPU is gone.
double Fillable(const KindCount& kind, const PodClass& pods, double taken) {
  const auto devices = static_cast<double>(DevicesOf(kind.kind));
  const auto cpu = static_cast<double>(pods.cpu.count());
  const double by_cpu =
      cpu > 0 ? static_cast<double>(kind.kind.cpu.count()) * taken / cpu : devices;
  return static_cast<double>(kind.nodes) * std::min(devices, by_cpu);
}

// What one class adds to the whole.
struct ClassPart {
  double devices = 0;           // that its pods ask, by the kinds that could take them
  double cpu = 0;               // millicores
  std::vector<double> by_kind;  // devices asked of each kind, as a share of its devices
};

ClassPart PartOf(const ClassCount& asked, const std::vector<KindCount>& kinds) {
  ClassPart part{.by_kind = std::vector<double>(kinds.size(), 0)};
  std::vector<double> fillable(kinds.size(), 0);
  double all = 0;
  double taken_sum = 0;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::optional<double> taken = TakenOn(kinds[i].kind, asked.pods);
    if (taken && *taken > 0) {
      fillable[i] = Fillable(kinds[i], asked.pods, *taken);
      all += fillable[i];
      taken_sum += fillable[i] * *taken;
    }
  }
  if (all <= 0) {
    return part;
  }
  part.devices = asked.count * taken_sum / all;
  part.cpu = asked.count * static_cast<double>(asked.pods.cpu.count());
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto devices = static_cast<double>(DevicesOf(kinds[i].kind) * kinds[i].nodes);
    part.by_kind[i] = devices > 0 ? part.devices * fillable[i] / all / devices : 0;
  }
  return part;
}

using SizeCounts = std::map<int, double>;  // shares by their parts

SizeCounts SizesOn(const NodeKind& kind, const std::vector<ClassCount>& classes) {
  SizeCounts sizes;
  for (const ClassCount& asked : classes) {
    if (asked.pods.demand.share && TakenOn(kind, asked.pods)) {
      const DeviceShare& share = *asked.pods.demand.share;
      sizes[PartsOf(share, kind.device_memory)] += asked.count * share.count;
    }
  }
  sizes.erase(kParts);
  return sizes;
}

ResidualWorth WorthOf(const SizeCounts& sizes) {
  std::vector<ShareCount> shares;
  for (const auto& [parts, count] : sizes) {
    shares.push_back({.parts = parts, .count = count});
  }
  return WorthOfResiduals(shares);
}

}  // namespace

int PartsOf(const DeviceShare& share, MiB memory) {
  if (share.memory > memory) {
    return kParts + 1;
  }
  if (share.exclusive()) {
    return kParts;
  }
  const double by_memory = memory > MiB(0) ? static_cast<double>(kParts * share.memory.count()) /
                                                 static_cast<double>(memory.count())
                                           : 0;
  const auto rounded = static_cast<std::int64_t>(std::lround(by_memory));
  return static_cast<int>(
      std::clamp<std::int64_t>(std::max(rounded, share.cores.count()), 1, kParts));
}

Demand DemandOf(std::vector<ClassCount> classes, const std::vector<KindCount>& kinds) {
  Demand demand{.kinds = std::vector<Demand::OfKind>(kinds.size())};
  std::vector<double> asked_of(kinds.size(), 0);
  double devices = 0;
  double cpu = 0;
  for (const ClassCount& asked : classes) {
    const ClassPart part = PartOf(asked, kinds);
    demand.pods += asked.count;
    devices += part.devices;
    cpu += part.cpu;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      asked_of[i] += part.by_kind[i];
    }
  }
  double capacity = 0;
  for (const KindCount& kind : kinds) {
    capacity += static_cast<double>(DevicesOf(kind.kind) * kind.nodes);
  }
  demand.cpu_per_device = Millicores(devices > 0 ? std::llround(cpu / devices) : 0);
  std::map<SizeCounts, ResidualWorth> known;  // kinds mostly differ in other things
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const double price = devices > 0 ? (asked_of[i] * capacity / devices) - 1 : 0;
    demand.kinds[i].price = static_cast<float>(price);
    const auto [at, is_new] = known.try_emplace(SizesOn(kinds[i].kind, classes));
    if (is_new) {
      at->second = WorthOf(at->first);
    }
    demand.kinds[i].worth = at->second;
  }
  std::ranges::stable_sort(classes, std::ranges::greater{}, &ClassCount::count);
  demand.classes = std::move(classes);
  return demand;
}

}  // namespace berth::cluster
