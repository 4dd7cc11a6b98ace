#include "plan_cluster.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "berth/core/reason.h"
#include "berth/sim/joint_placement.h"
#include "berth/sim/placement_bound.h"
#include "berth/sim/rebalance.h"
#include "berth/sim/trial_cluster.h"
#include "cluster_file.h"
#include "configuration_file.h"
#include "file.h"
#include "plan_cases.h"
#include "rules.h"

namespace berth::app {
namespace {

using plan::FourDigits;

struct ClusterCase {
  std::unique_ptr<ConfigurationFile> configuration;  // the cluster's rules refer to it
  std::unique_ptr<sim::TrialCluster> cluster;
  bool is_snapshot = false;
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
  if (file.nodes.empty()) {
    return InvalidArgument(fmt::format("{}: there are no nodes in it", NameOf(*path)));
  }
  read.is_snapshot = file.is_snapshot;
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

// How far `devices` are from the bound, in %.
double GapTo(double bound, double devices) {
  return bound > 0 ? std::max(0.0, 100 * (1 - (devices / bound))) : 0;
}

// What no order docks more than, and how far the joint placement is from it.
std::string BoundNote(double most, double gap) {
  const std::string at_most =
      fmt::format("No order docks pods that ask for more than {} devices", FourDigits(most));
  return gap == 0
             ? at_most + "; the joint placement reaches that."
             : at_most + fmt::format("; the joint placement is {} % below that.", FourDigits(gap));
}

plan::Report WithOrigin(plan::Report report, const ClusterCase& read) {
  if (read.is_snapshot) {
    report.notes.emplace_back(
        "The file is a snapshot of Berth's: node selectors, affinity and taints are not in it. "
        "Where they matter, plan with what kubectl get nodes,pods -A -o json prints.");
  }
  return report;
}

plan::Report PendingReport(const sim::TrialCluster& cluster, const sim::Placement& one_by_one,
                           const sim::Placement& jointly, double most_devices) {
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
  const double gap = GapTo(most_devices, jointly.devices);
  report.figures = {{"devices_one_by_one", one_by_one.devices},
                    {"devices_jointly", jointly.devices},
                    {"devices_at_most", most_devices},
                    {"gap_percent", gap}};
  report.notes = {
      fmt::format("Of {} pods that wait for devices {} dock one by one, which ask for {} devices "
                  "at a cost of {} s; jointly {}, {} devices, {} s.",
                  one_by_one.pods.size(), one_by_one.docked, FourDigits(one_by_one.devices),
                  FourDigits(one_by_one.cost), jointly.docked, FourDigits(jointly.devices),
                  FourDigits(jointly.cost)),
      BoundNote(most_devices, gap),
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

// Commands in the order in which to give them. A node stays cordoned until a pod is to dock there.
class Commands {
 public:
  void Move(const sim::Move& move) {
    if (cordoned_.erase(move.to.node) > 0) {
      rows_.push_back(
          {"kubectl uncordon " + move.to.node, std::string("once those before run elsewhere")});
    }
    for (const std::string& node : move.closed) {
      if (cordoned_.insert(node).second) {
        rows_.push_back({"kubectl cordon " + node, std::string("nothing new docks there")});
      }
    }
    rows_.push_back(
        {fmt::format("kubectl delete pod --namespace {} {}", move.pod->ns, move.pod->name),
         fmt::format("a successor fits on {}", Spot(move.to))});
  }

  std::vector<std::vector<plan::Cell>> Finish(const std::string& node,
                                              const std::string& shape) && {
    cordoned_.erase(node);
    for (const std::string& other : cordoned_) {
      rows_.push_back({"kubectl uncordon " + other, std::string("once all run elsewhere")});
    }
    rows_.push_back(
        {"kubectl uncordon " + node, fmt::format("once they run elsewhere: room for {}", shape)});
    return std::move(rows_);
  }

 private:
  std::set<std::string> cordoned_;
  std::vector<std::vector<plan::Cell>> rows_;
};

plan::Report RebalanceReport(const std::string& shape,
                             const std::optional<sim::Rebalance>& rebalance,
                             const sim::RebalanceSettings& settings) {
  plan::Report report{.title = "Rebalance: the fewest moves that make room",
                      .columns = {{"command", "command"}, {"for", "reason"}},
                      .rows = {},
                      .notes = {}};
  if (!rebalance) {
    report.notes = {
        fmt::format("No room for {} can be made with at most {} moves.", shape, settings.moves)};
    return report;
  }
  if (rebalance->moves.empty()) {
    report.notes = {fmt::format("{} fits as it is, on {}.", shape, rebalance->node)};
    return report;
  }
  Commands commands;
  for (const sim::Move& move : rebalance->moves) {
    commands.Move(move);
  }
  report.rows = std::move(commands).Finish(rebalance->node, shape);
  const std::size_t moves = rebalance->moves.size();
  report.notes = {fmt::format(
      "{} fits on {} after {}. Nothing was done. A pod without a controller does not come back "
      "once it is deleted.",
      shape, rebalance->node,
      moves == 1 ? "1 move" : fmt::format("{} moves, one after the other", moves))};
  return report;
}

}  // namespace

Result<plan::Report> RunPending(const Arguments& arguments, ProgressBar& progress) {
  sim::JointSettings settings;
  settings.done = std::ref(progress);
  BERTH_ASSIGN_OR_RETURN(const std::vector<std::uint64_t> seeds,
                         ReadSeeds(arguments, std::span(&settings.seed, 1)));
  settings.seed = seeds.front();
  if (const auto rounds = arguments.Get("--rounds")) {
    BERTH_ASSIGN_OR_RETURN(settings.rounds, ReadNumber("--rounds", *rounds, 1, 100'000));
  }
  BERTH_ASSIGN_OR_RETURN(const ClusterCase read, ReadClusterCase(arguments));
  const sim::Placement one_by_one = sim::PlaceOneByOne(*read.cluster);
  const sim::Placement jointly = sim::PlaceJointly(*read.cluster, settings);
  return WithOrigin(
      PendingReport(*read.cluster, one_by_one, jointly, sim::MostDevices(*read.cluster, jointly)),
      read);
}

Result<plan::Report> RunRebalance(const Arguments& arguments, ProgressBar& progress) {
  const auto shape = arguments.Get("--rebalance");
  if (!shape) {
    return InvalidArgument("name what is to fit: --rebalance nvidia.com/gpu=8");
  }
  BERTH_ASSIGN_OR_RETURN(const kube::PodObject pod, ReadShape(*shape));
  BERTH_ASSIGN_OR_RETURN(const ClusterCase read, ReadClusterCase(arguments));
  BERTH_RETURN_IF_ERROR(CheckShape(*read.cluster, pod));
  const sim::RebalanceSettings settings{.done = std::ref(progress)};
  return WithOrigin(
      RebalanceReport(*shape, sim::FewestMoves(*read.cluster, pod, settings), settings), read);
}

}  // namespace berth::app
