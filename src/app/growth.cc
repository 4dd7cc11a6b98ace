#include "growth.h"

#include <fmt/format.h>

#include <ctime>
#include <functional>
#include <utility>
#include <vector>

#include "berth/base/columns.h"
#include "berth/sim/arrivals.h"

namespace berth::app {
namespace {

constexpr std::size_t kPodsPerNode = 10;

struct Cost {
  double seconds = 0;  // of CPU
  double allocated = 0;
};

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Cost Measure(const sim::ReplaySetup& setup, const sim::PackingPolicy& policy,
             const std::function<void(std::size_t, std::size_t)>& done) {
  const double before = CpuSeconds();
  const sim::ReplayResult result = sim::Replay(setup, policy, done);
  return {.seconds = CpuSeconds() - before, .allocated = result.end_allocated};
}

}  // namespace

std::string MeasureGrowth(const sim::ReplaySetup& trace, std::size_t most,
                          std::span<const sim::PackingPolicy* const> policies,
                          ProgressBar& progress) {
  std::vector<std::vector<std::string>> lines = {
      {"policy", "nodes", "pods", "CPU s", "us a pod", "allocated %"}};
  for (const sim::PackingPolicy* policy : policies) {
    for (const std::size_t nodes : {most / 100, most / 10, most}) {
      const std::size_t pods = kPodsPerNode * nodes;
      const std::vector<sim::TraceNode> grown = sim::GrownNodes(trace.nodes, nodes);
      sim::ReplaySetup setup = trace;
      setup.nodes = grown;
      setup.ranks = sim::FileOrder(nodes);
      setup.arrivals = sim::DrawnArrivals(trace.pods.size(), pods, trace.seed);
      const Cost cost = Measure(setup, *policy, std::ref(progress));
      lines.push_back({std::string(policy->name), std::to_string(nodes), std::to_string(pods),
                       fmt::format("{:.2f}", cost.seconds),
                       fmt::format("{:.1f}", 1e6 * cost.seconds / static_cast<double>(pods)),
                       fmt::format("{:.2f}", cost.allocated)});
    }
  }
  return AlignColumns(lines, 1);
}

}  // namespace berth::app
