// The cold-start experiment: how soon replicas of models serve when one policy or another places
// them. What it assumes and finds: docs/simulation.md.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "berth/base/clock.h"
#include "berth/base/units.h"
#include "berth/cluster/weights.h"
#include "berth/sim/placer.h"

namespace berth::sim {

// The fleet. A GB of device memory is taken for a GiB.
struct ColdStartFleet {
  int nodes = 16;
  int devices = 8;  // of each node
  MiB device_memory = 80_GiB;
  Bytes host{384'000'000'000};    // for weights, on each node
  Bytes disk{2'000'000'000'000};  // same
  cluster::Rates rates{.device_from_host = 20e9, .host_from_disk = 6e9, .from_remote = 1.25e9};
};

struct ModelClass {
  double share = 0;  // of all models
  Bytes weights;
  MiB memory;  // on each device
  int devices = 1;
  double compute = 0;  // of each device, on average over replicas
};

struct ColdStartSettings {
  ColdStartFleet fleet;
  std::vector<ModelClass> classes = {
      {.share = 0.5, .weights = Bytes(14'000'000'000), .memory = 24_GiB, .compute = 0.3},
      {.share = 0.25, .weights = Bytes(26'000'000'000), .memory = 40_GiB, .compute = 0.4},
      {.share = 0.15, .weights = Bytes(68'000'000'000), .memory = 78_GiB, .compute = 0.6},
      {.share = 0.1,
       .weights = Bytes(140'000'000'000),
       .memory = 78_GiB,
       .devices = 2,
       .compute = 0.6}};
  int models = 96;
  int copies = 2;     // nodes that have a model on disk at the beginning
  double zipf = 1.0;  // exponent of popularity
  double use = 0.45;  // mean share of the device memory that would be in use if starts took no time
  int starts = 12'000;  // expected; how many there are depends on the bursts
  double gap_cv = 4;    // standard deviation of the gap between two starts of a model / its mean
  double shortest_life = 20;     // seconds from ready to gone
  double mean_extra_life = 300;  // seconds; exponential
  double engine_start = 2;       // seconds from weights in device memory to ready
  double warm_up = 0.2;          // share of the starts that is not counted
};

// A replica to be started.
struct ReplicaStart {
  Duration at{};  // when its pod is there to be scheduled
  std::uint32_t model = 0;
  Duration life{};
  double compute = 0;  // of each of its devices
};

struct ColdStartModel {
  std::uint32_t model_class = 0;
  double popularity = 0;  // share of all starts
};

struct ColdStartWorkload {
  std::vector<ColdStartModel> models;
  std::vector<std::vector<std::uint32_t>> on_disk;  // nodes, by model
  std::vector<ReplicaStart> starts;                 // in the order of their time
};

// The same for every policy.
ColdStartWorkload MakeColdStartWorkload(const ColdStartSettings& settings, std::uint64_t seed);

struct ColdStartRow {
  std::string policy;
  std::optional<std::uint64_t> seed;  // nullopt: the mean over seeds
  // Seconds from pod to ready.
  double mean = 0;
  double p50 = 0;
  double p95 = 0;
  double p99 = 0;
  // Shares of the starts, 0..1.
  double in_time = 0;  // ready within engine start + 2 x weights / host_from_disk
  double goodput = 0;  // and never on a device whose replicas want more compute than there is
  std::array<double, cluster::kTierCount> from{};  // by tier that the weights came from
};

ColdStartRow RunColdStart(const ColdStartSettings& settings, const ColdStartWorkload& workload,
                          const Policy& policy, std::uint64_t seed);

// Each number is the mean of its column. Not empty.
ColdStartRow MeanOf(std::span<const ColdStartRow> rows);

// Every policy under every seed, policy by policy, each with its mean row after its seeds. `done`
// is called before the first run and after each with how many there were and will be.
std::vector<ColdStartRow> CompareColdStart(
    const ColdStartSettings& settings, std::span<const Policy* const> policies,
    std::span<const std::uint64_t> seeds,
    const std::function<void(std::size_t, std::size_t)>& done);

}  // namespace berth::sim
