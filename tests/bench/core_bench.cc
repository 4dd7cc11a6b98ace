// The pieces of a request and of the watch, one at a time and without a socket. Times are for
// information; ratios and the gate on instructions are berth-load's.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/cluster/demand.h"
#include "berth/core/decide.h"
#include "berth/device/read.h"
#include "berth/extender/service.h"
#include "berth/kube/decoder.h"
#include "slow_api.h"
#include "wire.h"
#include "world.h"

namespace berth::bench {
namespace {

std::string Padded(std::string text) {
  text.reserve(text.size() + kube::kJsonPadding);
  return text;
}

cluster::PodRequest AskingPod(const device::ClassTable& classes) {
  kube::Decoder decoder;
  const std::string json = Padded(AskingPodJson());
  return device::ReadPod(decoder.Pod(json).value(), classes);
}

void PerNode(benchmark::State& state, int nodes) {
  state.counters["per_node"] = benchmark::Counter(
      nodes, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void Decide(benchmark::State& state) {
  const auto nodes = static_cast<int>(state.range(0));
  const auto store = FilledStore(nodes);
  const cluster::SnapshotPtr snapshot = store->snapshot();
  const cluster::PodRequest pod = AskingPod(store->classes());
  const std::vector<cluster::NodeIndex> all = core::AllNodes(*snapshot);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(core::Decide(*snapshot, pod, {}, all, {}));
  }
  PerNode(state, nodes);
}
BENCHMARK(Decide)->Arg(1000)->Arg(5000)->Arg(20000);

void Ladder(benchmark::State& state) {
  const auto nodes = static_cast<int>(state.range(0));
  const auto store = FilledStore(nodes);
  const cluster::SnapshotPtr snapshot = store->snapshot();
  const core::Decision decision =
      core::Decide(*snapshot, AskingPod(store->classes()), {}, core::AllNodes(*snapshot), {});
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(core::Ladder(decision, 10));
  }
  PerNode(state, nodes);
}
BENCHMARK(Ladder)->Arg(5000);

void NamesFind(benchmark::State& state) {
  const auto nodes = static_cast<int>(state.range(0));
  const auto store = FilledStore(nodes);
  const cluster::SnapshotPtr snapshot = store->snapshot();
  const std::vector<std::string> names = OfferedNames(nodes);
  for ([[maybe_unused]] auto _ : state) {
    for (const std::string& name : names) {
      benchmark::DoNotOptimize(snapshot->Find(name));
    }
  }
  PerNode(state, nodes);
}
BENCHMARK(NamesFind)->Arg(5000)->Arg(20000);

void WireReadNames(benchmark::State& state) {
  const auto nodes = static_cast<int>(state.range(0));
  const std::string body = Padded(ArgsWithNames(OfferedNames(nodes)));
  extender::WireReader reader(100'000);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(reader.ReadNodes(body));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
  PerNode(state, nodes);
}
BENCHMARK(WireReadNames)->Arg(5000);

void WireReadFullNodes(benchmark::State& state) {
  const auto nodes = static_cast<int>(state.range(0));
  const std::string body = Padded(ArgsWithNodes(nodes));
  extender::WireReader reader(100'000);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(reader.ReadNodes(body));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
  PerNode(state, nodes);
}
BENCHMARK(WireReadFullNodes)->Arg(1000);

// The whole verb, from body to answer.
void Filter(benchmark::State& state) {
  const auto nodes = static_cast<int>(state.range(0));
  const auto store = FilledStore(nodes);
  const SystemClock clock;
  SlowApi api(Duration::zero());
  observe::Metrics metrics({});
  observe::Logger log({}, clock, [](std::string_view) {});
  extender::Service service({}, *store, api, clock, metrics, log);
  const std::string body = Padded(ArgsWithNames(OfferedNames(nodes)));
  std::string text;
  for ([[maybe_unused]] auto _ : state) {
    text.clear();
    extender::Answer answer{.body = text};
    service.Filter(body, answer);
    benchmark::DoNotOptimize(text.data());
  }
  PerNode(state, nodes);
}
BENCHMARK(Filter)->Arg(1000)->Arg(5000)->Arg(20000);

// One pod event of a watch, at 5,000 nodes: decoded, and taken into the books.
void DecodePod(benchmark::State& state) {
  const std::string json = Padded(PodJson(1, 5000));
  kube::Decoder decoder;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(decoder.Pod(json));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
}
BENCHMARK(DecodePod);

void IngestPod(benchmark::State& state) {
  const auto store = FilledStore(5000);
  kube::Decoder decoder;
  std::vector<kube::PodObject> pods;
  for (int i = 0; i < 1000; ++i) {
    const std::string json = Padded(PodJson(i, 5000));
    pods.push_back(decoder.Pod(json).value());
  }
  std::size_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    store->PutPod(pods[next++ % pods.size()]);
  }
}
BENCHMARK(IngestPod);

// What a request pays when one node changed since the last snapshot.
void Publish(benchmark::State& state) {
  const auto store = FilledStore(static_cast<int>(state.range(0)));
  kube::Decoder decoder;
  const std::string json = Padded(PodJson(1, 5000));
  const kube::PodObject pod = decoder.Pod(json).value();
  for ([[maybe_unused]] auto _ : state) {
    store->PutPod(pod);
    benchmark::DoNotOptimize(store->snapshot());
    store->RemovePod(pod.uid);
    benchmark::DoNotOptimize(store->snapshot());
  }
}
BENCHMARK(Publish)->Arg(5000);

// So many classes of pods, each with a share of its own size, on kinds of nodes with so many sizes
// of devices.
void DemandOf(benchmark::State& state) {
  const auto classes = static_cast<int>(state.range(0));
  const auto kinds = static_cast<int>(state.range(1));
  std::vector<cluster::ClassCount> asked;
  for (int i = 0; i < classes; ++i) {
    const MiB memory(512 + ((i % 100) * 256));
    asked.push_back({.pods = {.demand = {.share = cluster::DeviceShare{.memory = memory}},
                              .cpu = Millicores(500 * (1 + (i / 100)))},
                     .count = 1.0 + ((i * 37) % 101)});
  }
  std::vector<cluster::KindCount> nodes;
  for (int i = 0; i < kinds; ++i) {
    nodes.push_back({.kind = {.devices = kDevicesPerNode,
                              .device_memory = 16_GiB + MiB(1536 * i),
                              .cpu = Millicores(96'000)},
                     .nodes = 100});
  }
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(cluster::DemandOf(asked, nodes));
  }
}
BENCHMARK(DemandOf)->Args({2000, 1})->Args({2000, 50});

}  // namespace
}  // namespace berth::bench

BENCHMARK_MAIN();
