#include <algorithm>
#include <tuple>

#include "berth/base/random.h"
#include "berth/sim/cold_start.h"
#include "berth/sim/event_queue.h"

namespace berth::sim {
namespace {

// Streams of the seed. Those of the models' starts follow the last.
enum Stream : std::uint64_t { kClasses, kDisks, kStarts };

std::uint32_t DrawClass(const std::vector<ModelClass>& classes, Random& random) {
  double rest = random.Uniform();
  std::uint32_t drawn = 0;
  while (drawn + 1 < classes.size() && rest >= classes[drawn].share) {
    rest -= classes[drawn].share;
    ++drawn;
  }
  return drawn;
}

// `count` different ones below `limit`.
std::vector<std::uint32_t> DrawNodes(int count, int limit, Random& random) {
  std::vector<std::uint32_t> nodes;
  while (std::ssize(nodes) < std::min(count, limit)) {
    const std::uint32_t node = random.Below(static_cast<std::uint32_t>(limit));
    if (std::ranges::find(nodes, node) == nodes.end()) {
      nodes.push_back(node);
    }
  }
  return nodes;
}

double MeanLife(const ColdStartSettings& settings) {
  return settings.shortest_life + settings.mean_extra_life;
}

// Starts per second of all models, so that lives alone take the wanted share of the device memory.
double StartRate(const ColdStartSettings& settings, const std::vector<ColdStartModel>& models) {
  double memory = 0;  // MiB that a start takes on average
  for (const ColdStartModel& model : models) {
    const ModelClass& of = settings.classes[model.model_class];
    memory += model.popularity * static_cast<double>(of.memory.count()) * of.devices;
  }
  const ColdStartFleet& fleet = settings.fleet;
  const double capacity =
      static_cast<double>(fleet.device_memory.count()) * fleet.devices * fleet.nodes;
  return settings.use * capacity / (memory * MeanLife(settings));
}

}  // namespace

ColdStartWorkload MakeColdStartWorkload(const ColdStartSettings& settings, std::uint64_t seed) {
  ColdStartWorkload workload;
  Random classes(seed, kClasses);
  for (const double popularity : ZipfShares(settings.models, settings.zipf)) {
    workload.models.push_back(
        {.model_class = DrawClass(settings.classes, classes), .popularity = popularity});
  }
  Random disks(seed, kDisks);
  for (int i = 0; i < settings.models; ++i) {
    workload.on_disk.push_back(DrawNodes(settings.copies, settings.fleet.nodes, disks));
  }

  // A renewal process per model: gaps are Gamma with shape 1 / cv^2, so that starts come in bursts.
  const double rate = StartRate(settings, workload.models);
  const double end = settings.starts / rate;
  const double shape = 1 / (settings.gap_cv * settings.gap_cv);
  for (std::uint32_t i = 0; i < workload.models.size(); ++i) {
    const ColdStartModel& model = workload.models[i];
    const double mean_gap = 1 / (rate * model.popularity);
    const double mean_compute = settings.classes[model.model_class].compute;
    Random random(seed, kStarts + i);
    for (double at = 0;;) {
      at += random.Gamma(shape) / shape * mean_gap;
      if (at >= end) {
        break;
      }
      const double life = settings.shortest_life + random.Exponential(settings.mean_extra_life);
      workload.starts.push_back({.at = FromSeconds(at),
                                 .model = i,
                                 .life = FromSeconds(life),
                                 .compute = mean_compute * (0.5 + random.Uniform())});
    }
  }
  std::ranges::stable_sort(workload.starts, {}, [](const ReplicaStart& start) {
    return std::tuple(start.at, start.model);
  });
  return workload;
}

}  // namespace berth::sim
