#include "typical_pods.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <tuple>

namespace berth::sim {
namespace {

// How often, then what: the order that the published runs cut off at 95 %.
using Rank = std::tuple<std::int64_t, Millicores, Millidevices, int, std::string>;

std::string Join(const std::vector<std::string>& models) {
  std::string spec;
  for (const std::string& model : models) {
    spec += (spec.empty() ? "" : "|") + model;
  }
  return spec;
}

template <typename Value>
void KeepDistinct(std::vector<Value>& values) {
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
}

// How many of them are no larger.
template <typename Value>
std::uint16_t RankIn(const std::vector<Value>& growing, Value value) {
  return static_cast<std::uint16_t>(std::ranges::upper_bound(growing, value) - growing.begin());
}

}  // namespace

std::vector<TypicalPod> TypicalPodsOf(std::span<const TracePod> pods, const Shapes& shapes) {
  struct Class {
    std::int64_t count = 0;
    std::size_t example = 0;  // row
  };
  std::map<std::tuple<Millicores, Millidevices, int, std::string>, Class> classes;
  for (std::size_t i = 0; i < pods.size(); ++i) {
    Class& of = classes[{pods[i].cpu, pods[i].share, pods[i].devices, Join(pods[i].models)}];
    of.example = of.count == 0 ? i : of.example;
    ++of.count;
  }
  std::map<Rank, std::size_t, std::greater<>> ranked;  // examples
  for (const auto& [key, of] : classes) {
    ranked[std::tuple_cat(std::tuple(of.count), key)] = of.example;
  }
  std::vector<TypicalPod> typical;
  std::int64_t covered = 0;
  for (const auto& [rank, example] : ranked) {
    if (100 * covered >= 95 * std::ssize(pods)) {
      break;
    }
    TypicalPod pod{.shape = shapes.shapes[shapes.of_pod[example]], .count = std::get<0>(rank)};
    pod.shape.memory = MiB(0);
    covered += pod.count;
    typical.push_back(std::move(pod));
  }
  return typical;
}

Fragmentation::Fragmentation(std::span<const TypicalPod> typical, std::size_t models) {
  for (const TypicalPod& pod : typical) {
    weight_ += pod.count;
    cpus_.push_back(pod.shape.cpu);
    if (pod.shape.devices == 1) {
      shares_.push_back(pod.shape.share);
    }
  }
  KeepDistinct(cpus_);
  KeepDistinct(shares_);
  for (std::size_t free = 0; free < share_rank_.size(); ++free) {
    share_rank_[free] = RankIn(shares_, Millidevices(static_cast<std::int64_t>(free)));
  }
  for (std::size_t model = 0; model < models; ++model) {
    std::vector<Level>& levels = levels_.emplace_back();
    levels.push_back({.one = std::vector<std::int64_t>(shares_.size() + 1)});
    for (const Millicores cpu : cpus_) {
      levels.push_back(LevelOf(typical, static_cast<ModelId>(model), cpu));
    }
  }
}

Fragmentation::Level Fragmentation::LevelOf(std::span<const TypicalPod> typical, ModelId model,
                                            Millicores cpu) const {
  Level level{.one = std::vector<std::int64_t>(shares_.size() + 1)};
  for (const TypicalPod& pod : typical) {
    if (pod.shape.devices == 0 || pod.shape.cpu > cpu || !pod.shape.Accepts(model)) {
      continue;
    }
    if (pod.shape.devices == 1) {
      level.one[RankIn(shares_, pod.shape.share)] += pod.count;
    } else {
      level.several[static_cast<std::size_t>(pod.shape.devices)] += pod.count;
    }
  }
  std::partial_sum(level.one.begin(), level.one.end(), level.one.begin());
  std::partial_sum(level.several.begin(), level.several.end(), level.several.begin());
  return level;
}

std::int64_t Fragmentation::Of(const NodeRoom& room) const {
  const Level& level = levels_[room.model][RankIn(cpus_, room.cpu)];
  std::int64_t fragments = 0;
  std::int64_t whole = 0;
  for (int device = 0; device < room.devices; ++device) {
    const std::int64_t free = room.free[static_cast<std::size_t>(device)].count();
    whole += free == kWholeDevice.count() ? 1 : 0;
    fragments += free * (weight_ - level.one[share_rank_[static_cast<std::size_t>(free)]]);
  }
  return fragments -
         (whole * kWholeDevice.count() * level.several[static_cast<std::size_t>(whole)]);
}

IdleSplit SplitOf(std::span<const TypicalPod> typical, const NodeRoom& room) {
  IdleSplit split{};
  const auto add = [&](IdleUse use, std::int64_t amount) {
    split[static_cast<std::size_t>(use)] += amount;
  };
  const std::int64_t idle = room.free_in_all().count();
  for (const auto& [pod, count] : typical) {
    const bool has_cpu = room.cpu >= pod.cpu;
    if (pod.devices == 0) {
      add(has_cpu ? IdleUse::kNoDevicesAsked : IdleUse::kNoDevicesNoCpu, count * idle);
      continue;
    }
    if (!pod.Accepts(room.model)) {
      add(IdleUse::kWrongModel, count * idle);
      continue;
    }
    const cluster::DeviceSet roomy = Roomy(room, pod);
    if (roomy.size() < pod.devices) {
      add(has_cpu ? IdleUse::kLacksDevices : IdleUse::kLacksBoth, count * idle);
      continue;
    }
    std::int64_t usable = 0;
    roomy.ForEach(
        [&](int device) { usable += room.free[static_cast<std::size_t>(device)].count(); });
    add(has_cpu ? IdleUse::kUsable : IdleUse::kLacksCpu, count * usable);
    add(has_cpu ? IdleUse::kLacksDevices : IdleUse::kLacksCpu, count * (idle - usable));
  }
  return split;
}

}  // namespace berth::sim
