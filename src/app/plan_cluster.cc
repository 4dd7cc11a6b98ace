#include "plan_cluster.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "berth/core/reason.h"
#include "berth/sim/joint_placement.h"
#include "berth/sim/rebalance.h"
#include "berth/sim/trial_cluster.h"
#include "cluster_file.h"
#include "configuration_file.h"
#include "plan_cases.h"
#include "rules.h"

namespace berth::app {
namespace {

struct ClusterCase {
  std::unique_ptr<ConfigurationFile> configuration;  // the cluster's rules refer to it
  std::unique_ptr<sim::TrialCluster> cluster;
};

Result<ClusterCase> ReadClusterCase(const Arguments& arguments) {
  const auto path = arguments.Get("--cluster");
  if (!path) {
    return InvalidArgument(
        "name the cluster: --cluster FILE, of kubectl get nodes,pods -A -o yaml");
  }
  ClusterCase read;
  BERTH_ASSIGN_OR_RETURN(read.configuration,
                         OpenConfiguration(arguments.Get("--config").value_or("")));
  const config::Configuration& configuration = read.configuration->at_start();
  BERTH_ASSIGN_OR_RETURN(device::ClassTable classes, ClassesOf(configuration));
  BERTH_ASSIGN_OR_RETURN(state::TypicalPods typical, TypicalPodsOf(configuration, classes));
  BERTH_ASSIGN_OR_RETURN(std::shared_ptr<const cluster::Catalog> catalog, ReadCatalog(arguments));
  BERTH_ASSIGN_OR_RETURN(ClusterFile file, ReadCluster(*path));
  Result<std::unique_ptr<sim::TrialCluster>> cluster =
      sim::TrialCluster::Create({.classes = std::move(classes),
                                 .rules = RulesOf(configuration),
                                 .profiles = Profiles(configuration),
                                 .catalog = std::move(catalog),
                                 .typical_pods = std::move(typical)},
                                std::move(file.nodes), std::move(file.pods));
  if (!cluster.ok()) {
    return InvalidArgument(fmt::format("{}: {}", *path, cluster.error().message));
  }
  read.cluster = std::move(*cluster);
  return read;
}

std::string Spot(const sim::Docking& docking) {
  if (!docking.ok()) {
    return "nowhere";
  }
  return docking.devices.empty() ? docking.node
                                 : fmt::format("{} [{}]", docking.node, docking.devices);
}

plan::Report PendingReport(const sim::TrialCluster& cluster, const sim::Placement& one_by_one,
                           const sim::Placement& jointly) {
  plan::Report report{.title = "Waiting pods: one by one, and all at once",
                      .columns = {{"pod", "pod"},
                                  {"one by one", "one_by_one"},
                                  {"jointly", "jointly"},
                                  {"why not", "reason"}},
                      .rows = {},
                      .notes = {}};
  for (std::size_t i = 0; i < cluster.waiting().size(); ++i) {
    const kube::PodObject& pod = cluster.waiting()[i];
    report.rows.push_back(
        {fmt::format("{}/{}", pod.ns, pod.name), Spot(one_by_one.pods[i]), Spot(jointly.pods[i]),
         jointly.pods[i].ok() ? one_by_one.pods[i].reason : jointly.pods[i].reason});
  }
  report.notes = {
      fmt::format(
          "Of {} pods that wait for devices {} dock one by one, which ask for {:.4g} devices "
          "at a cost of {:.4g} s; jointly {}, {:.4g} devices, {:.4g} s.",
          one_by_one.pods.size(), one_by_one.docked, one_by_one.devices, one_by_one.cost,
          jointly.docked, jointly.devices, jointly.cost),
      "Nothing was bound. Affinity between pods, topology spread, volumes, loads and weights are "
      "not looked at."};
  return report;
}

// "berth.dev/gpu-memory=40960,berth.dev/gpu-count=2": as a container's limits.
Result<kube::PodObject> ReadShape(const std::string& text) {
  kube::PodObject pod{.ns = "default", .name = "shape", .uid = "shape of --rebalance"};
  pod.containers.push_back({.name = "main"});
  kube::Resources& requests = pod.containers.front().requests;
  for (const std::string_view word : CommaSeparated(text)) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    if (equals == std::string_view::npos || name.find('/') == std::string_view::npos) {
      return InvalidArgument(fmt::format(
          "--rebalance: expected RESOURCE=N,..., such as nvidia.com/gpu=8, found '{}'", word));
    }
    if (requests.Extended(name) != 0) {
      return InvalidArgument(fmt::format("--rebalance: {} is given twice", name));
    }
    BERTH_ASSIGN_OR_RETURN(
        const std::int64_t amount,
        ReadNumber<std::int64_t>("--rebalance", word.substr(equals + 1), 1, 1'000'000'000));
    requests.extended.emplace_back(name, amount);
  }
  return pod;
}

Status CheckShape(const sim::TrialCluster& cluster, const kube::PodObject& pod) {
  const cluster::PodRequest request = cluster.Read(pod);
  if (request.fault != cluster::PodFault::kNone) {
    return InvalidArgument(
        fmt::format("--rebalance: {}", core::Text(core::FaultReason(request.fault))));
  }
  return request.demand.empty() ? Status(InvalidArgument("--rebalance: asks for no devices"))
                                : Status();
}

std::string DeleteCommand(const kube::PodObject& pod) {
  return fmt::format("kubectl delete pod --namespace {} {}", pod.ns, pod.name);
}

plan::Report RebalanceReport(const std::string& shape,
                             const std::optional<sim::Rebalance>& rebalance,
                             const sim::RebalanceLimits& limits) {
  plan::Report report{.title = "Rebalance: the fewest moves that make room",
                      .columns = {{"command", "command"}, {"for", "reason"}},
                      .rows = {},
                      .notes = {}};
  if (!rebalance) {
    report.notes = {
        fmt::format("No room for {} can be made with at most {} moves.", shape, limits.moves)};
    return report;
  }
  if (rebalance->moves.empty()) {
    report.notes = {fmt::format("{} fits as it is, on {}.", shape, rebalance->node)};
    return report;
  }
  report.rows.push_back(
      {"kubectl cordon " + rebalance->node, std::string("nothing new docks there")});
  for (const sim::Move& move : rebalance->moves) {
    report.rows.push_back(
        {DeleteCommand(*move.pod), fmt::format("a successor fits on {}", Spot(move.to))});
  }
  report.rows.push_back({"kubectl uncordon " + rebalance->node,
                         fmt::format("once they run elsewhere: room for {}", shape)});
  report.notes = {
      fmt::format("{} fits on {} after {} moves. Nothing was done. A pod without a controller does "
                  "not come back once it is deleted.",
                  shape, rebalance->node, rebalance->moves.size())};
  return report;
}

}  // namespace

Result<plan::Report> RunPending(const Arguments& arguments, ProgressBar& progress) {
  sim::JointSettings settings;
  settings.done = [&progress](std::size_t done, std::size_t all) { progress(done, all); };
  if (const auto seed = arguments.Get("--seed")) {
    BERTH_ASSIGN_OR_RETURN(settings.seed,
                           ReadNumber<std::uint64_t>("--seed", *seed, 0, 4'294'967'295));
  }
  if (const auto rounds = arguments.Get("--rounds")) {
    BERTH_ASSIGN_OR_RETURN(settings.rounds, ReadNumber("--rounds", *rounds, 1, 100'000));
  }
  BERTH_ASSIGN_OR_RETURN(const ClusterCase read, ReadClusterCase(arguments));
  const sim::Placement one_by_one = sim::PlaceOneByOne(*read.cluster);
  return PendingReport(*read.cluster, one_by_one, sim::PlaceJointly(*read.cluster, settings));
}

Result<plan::Report> RunRebalance(const Arguments& arguments, ProgressBar& /*progress*/) {
  const auto shape = arguments.Get("--rebalance");
  if (!shape) {
    return InvalidArgument("name what is to fit: --rebalance nvidia.com/gpu=8");
  }
  BERTH_ASSIGN_OR_RETURN(const kube::PodObject pod, ReadShape(*shape));
  BERTH_ASSIGN_OR_RETURN(const ClusterCase read, ReadClusterCase(arguments));
  BERTH_RETURN_IF_ERROR(CheckShape(*read.cluster, pod));
  const sim::RebalanceLimits limits;
  return RebalanceReport(*shape, sim::FewestMoves(*read.cluster, pod, limits), limits);
}

}  // namespace berth::app
