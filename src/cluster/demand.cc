#include "berth/cluster/demand.h"

#include <algorithm>
#include <array>
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

// What a pod of a class takes of a node.
struct Taken {
  double devices = 0;
  int parts = 0;   // of each, where they are shared
  int shares = 0;  // so many devices of them
};

// nullopt: no node of the kind could take the pod.
std::optional<Taken> TakenOn(const NodeKind& kind, const PodClass& pods) {
  if (pods.cpu > kind.cpu || !WillDo(kind.product, pods.accelerators)) {
    return std::nullopt;
  }
  if (pods.demand.share) {
    const DeviceShare& share = *pods.demand.share;
    if (share.count > kind.devices) {
      return std::nullopt;
    }
    const int parts = PartsOf(share, kind.device_memory);
    return parts <= kParts
               ? std::optional(Taken{.devices = static_cast<double>(share.count) * parts / kParts,
                                     .parts = parts,
                                     .shares = share.count})
               : std::nullopt;
  }
  Taken taken;
  for (const WholeDevices& wanted : pods.demand.whole) {
    const auto has =
        std::ranges::find(kind.whole, wanted.device_class, &WholeDevices::device_class);
    if (has == kind.whole.end() || has->count < wanted.count) {
      return std::nullopt;
    }
    taken.devices += wanted.count;
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

// Shares by their parts, those that take the whole device left out.
using SizeCounts = std::array<double, kParts>;

ResidualWorth WorthOf(const SizeCounts& sizes) {
  std::vector<ShareCount> shares;
  for (std::size_t parts = 0; parts < sizes.size(); ++parts) {
    if (sizes[parts] > 0) {
      shares.push_back({.parts = static_cast<int>(parts), .count = sizes[parts]});
    }
  }
  return WorthOfResiduals(std::move(shares));
}

// What all classes ask of the kinds, class by class.
class Asked {
 public:
  explicit Asked(const std::vector<KindCount>& kinds)
      : kinds_(kinds), of_kind_(kinds.size()), fillable_(kinds.size()) {}

  void Add(const ClassCount& asked) {
    std::ranges::fill(fillable_, 0);
    double all = 0;
    double taken_sum = 0;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      const std::optional<Taken> taken = TakenOn(kinds_[i].kind, asked.pods);
      if (!taken) {
        continue;
      }
      if (taken->parts > 0 && taken->parts < kParts) {
        of_kind_[i].sizes[static_cast<std::size_t>(taken->parts)] += asked.count * taken->shares;
      }
      if (taken->devices > 0) {
        fillable_[i] = Fillable(kinds_[i], asked.pods, taken->devices);
        all += fillable_[i];
        taken_sum += fillable_[i] * taken->devices;
      }
    }
    if (all <= 0) {
      return;
    }
    const double devices = asked.count * taken_sum / all;
    devices_ += devices;
    cpu_ += asked.count * static_cast<double>(asked.pods.cpu.count());
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      const auto capacity = static_cast<double>(DevicesOf(kinds_[i].kind) * kinds_[i].nodes);
      of_kind_[i].share += capacity > 0 ? devices * fillable_[i] / all / capacity : 0;
    }
  }

  Millicores cpu_per_device() const {
    return Millicores(devices_ > 0 ? std::llround(cpu_ / devices_) : 0);
  }

  std::vector<Demand::OfKind> OfKinds() const {
    double capacity = 0;
    for (const KindCount& kind : kinds_) {
      capacity += static_cast<double>(DevicesOf(kind.kind) * kind.nodes);
    }
    std::vector<Demand::OfKind> of_kinds(kinds_.size());
    std::map<SizeCounts, ResidualWorth> known;  // kinds mostly differ in other things
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      if (kinds_[i].nodes == 0) {
        continue;
      }
      const double price = devices_ > 0 ? (of_kind_[i].share * capacity / devices_) - 1 : 0;
      of_kinds[i].price = static_cast<float>(price);
      const auto [at, is_new] = known.try_emplace(of_kind_[i].sizes);
      if (is_new) {
        at->second = WorthOf(at->first);
      }
      of_kinds[i].worth = at->second;
    }
    return of_kinds;
  }

 private:
  struct OfKind {
    double share = 0;  // devices that are asked of it, as a share of its devices
    SizeCounts sizes{};
  };

  const std::vector<KindCount>& kinds_;
  std::vector<OfKind> of_kind_;
  std::vector<double> fillable_;  // by one class
  double devices_ = 0;            // that are asked, by the kinds that could take the pods
  double cpu_ = 0;                // millicores
};

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
  Asked asked(kinds);
  Demand demand;
  for (const ClassCount& of_class : classes) {
    asked.Add(of_class);
    demand.pods += of_class.count;
  }
  demand.cpu_per_device = asked.cpu_per_device();
  demand.kinds = asked.OfKinds();
  std::ranges::stable_sort(classes, std::ranges::greater{}, &ClassCount::count);
  demand.classes = std::move(classes);
  return demand;
}

}  // namespace berth::cluster
