#include "berth/sim/placement_bound.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "berth/cluster/pod.h"
#include "relaxation.h"

namespace berth::sim {
namespace {

constexpr int kDevices = -1;  // the kind of bins that are shared devices; else a ClassId

std::size_t At(Resource resource) { return static_cast<std::size_t>(resource); }

// The pods' sizes and needs as pieces; one class for pods that are alike and fit the same nodes.
class RelaxationOf {
 public:
  explicit RelaxationOf(TrialCluster& cluster) : cluster_(cluster), nodes_(cluster.Nodes()) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      position_.emplace(nodes_[i].facts->name, i);
    }
    for (const kube::PodObject& pod : cluster_.waiting()) {
      Add(pod);
    }
    AddGroups();
  }

  const Relaxation& relaxation() const { return relaxation_; }
  // Of pods that are not looked at more closely.
  MiB certain_size() const { return certain_size_; }

 private:
  using Fitting = std::vector<bool>;  // nodes, by position
  using Key = std::tuple<MiB, int, std::int64_t, std::int64_t, bool, Amounts, Fitting>;

  void Add(const kube::PodObject& pod) {
    const Fitting fitting = NodesFor(pod);
    const MiB size = cluster_.SizeOf(pod);
    if (std::ranges::find(fitting, true) == fitting.end() || size == MiB(0)) {
      return;
    }
    const cluster::PodRequest request = cluster_.Read(pod);
    if (request.demand_by_model) {
      certain_size_ += size;
      return;
    }
    const PieceClass pieces = PiecesOf(request, size);
    const Key key(size, pieces.bin_kind, pieces.pieces, pieces.weight, pieces.fills_bin,
                  pieces.needs, fitting);
    const auto [known, is_new] = classes_.try_emplace(key, relaxation_.classes.size());
    if (is_new) {
      relaxation_.classes.push_back(pieces);
      fitting_.push_back(fitting);
    }
    ++relaxation_.classes[known->second].pods;
  }

  // On each of them by itself: others only take room away.
  Fitting NodesFor(const kube::PodObject& pod) {
    Fitting fitting(nodes_.size(), false);
    for (const std::string& node : cluster_.Choices(pod)) {
      fitting[position_.at(node)] = true;
    }
    return fitting;
  }

  // A pod that asks for several kinds of whole devices is looked at by the first of them.
  static PieceClass PiecesOf(const cluster::PodRequest& request, MiB size) {
    PieceClass pods{.size = size.count()};
    pods.needs[At(Resource::kCpu)] = request.cpu.count();
    pods.needs[At(Resource::kMemory)] = request.memory.count();
    pods.needs[At(Resource::kPods)] = 1;
    if (const auto& share = request.demand.share) {
      pods.bin_kind = kDevices;
      pods.pieces = share->count;
      pods.weight = share->memory.count();
      pods.fills_bin = share->exclusive();
      pods.needs[At(Resource::kDeviceCores)] = share->cores.count() * share->count;
      return pods;
    }
    const cluster::WholeDevices& whole = request.demand.whole.front();
    pods.bin_kind = whole.device_class;
    pods.weight = whole.count;
    return pods;
  }

  void AddGroups() {
    std::map<std::vector<std::size_t>, NodeGroup> groups;  // by the classes that fit
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      std::vector<std::size_t> classes;
      for (std::size_t i = 0; i < fitting_.size(); ++i) {
        if (fitting_[i][node]) {
          classes.push_back(i);
        }
      }
      if (!classes.empty()) {
        NodeGroup& group = groups[classes];
        group.classes.resize(classes.size());
        for (std::size_t i = 0; i < classes.size(); ++i) {
          group.classes[i].position = classes[i];
          group.classes[i].most += MostOn(nodes_[node], relaxation_.classes[classes[i]]);
        }
        AddNode(nodes_[node], group);
      }
    }
    for (auto& [classes, group] : groups) {
      relaxation_.groups.push_back(std::move(group));
    }
  }

  // How many pods of the class go on the node if nothing else does.
  static std::int64_t MostOn(const state::NodeView& node, const PieceClass& pods) {
    std::int64_t most = std::max<std::int64_t>(0, node.host.pods);
    if (const std::int64_t cpu = pods.needs[At(Resource::kCpu)]; cpu > 0) {
      most = std::min(most, node.host.cpu.count() / cpu);
    }
    if (const std::int64_t memory = pods.needs[At(Resource::kMemory)]; memory > 0) {
      most = std::min(most, node.host.memory.count() / memory);
    }
    const std::vector<std::int64_t> pieces = PiecesByBin(node, pods, most);
    // Each takes a piece of several bins: the n-th must still find as many with room for it.
    while (most > 0) {
      std::int64_t taken = 0;
      for (const std::int64_t of_bin : pieces) {
        taken += std::min(most, of_bin);
      }
      if (taken >= most * pods.pieces) {
        break;
      }
      most = taken / pods.pieces;
    }
    return most;
  }

  // Pieces that each bin takes, at most `most`.
  static std::vector<std::int64_t> PiecesByBin(const state::NodeView& node, const PieceClass& pods,
                                               std::int64_t most) {
    std::vector<std::int64_t> pieces;
    const auto add = [&](std::int64_t room) {
      pieces.push_back(pods.weight > 0 ? std::min(most, room / pods.weight) : most);
    };
    if (pods.bin_kind != kDevices) {
      for (int i = 0; i < node.row.class_count; ++i) {
        if (node.row.whole(i).device_class == pods.bin_kind) {
          add(std::max<std::int64_t>(0, node.row.whole(i).free));
        }
      }
      return pieces;
    }
    node.row.usable.ForEach([&](int device) {
      if (!pods.fills_bin) {
        add(node.row.free_memory[static_cast<std::size_t>(device)]);
      } else if (node.row.pristine.Has(device)) {
        pieces.push_back(1);
      }
    });
    return pieces;
  }

  static void AddNode(const state::NodeView& node, NodeGroup& group) {
    group.has[At(Resource::kCpu)] += std::max<std::int64_t>(0, node.host.cpu.count());
    group.has[At(Resource::kMemory)] += std::max<std::int64_t>(0, node.host.memory.count());
    group.has[At(Resource::kPods)] += std::max<std::int64_t>(0, node.host.pods);
    node.row.usable.ForEach([&](int device) {
      const auto i = static_cast<std::size_t>(device);
      group.has[At(Resource::kDeviceCores)] += node.row.free_cores[i];
      ++group.bins[{.kind = kDevices,
                    .room = node.row.free_memory[i],
                    .unused = node.row.pristine.Has(device)}];
    });
    for (int i = 0; i < node.row.class_count; ++i) {
      const cluster::WholeRoom& whole = node.row.whole(i);
      ++group.bins[{.kind = whole.device_class, .room = std::max<std::int64_t>(0, whole.free)}];
    }
  }

  TrialCluster& cluster_;
  const std::vector<state::NodeView> nodes_;
  std::map<std::string, std::size_t> position_;  // by name
  std::map<Key, std::size_t> classes_;
  std::vector<Fitting> fitting_;  // by class
  Relaxation relaxation_;
  MiB certain_size_;
};

}  // namespace

double MostDevices(TrialCluster& cluster, const Placement& found) {
  MiB reached;
  for (std::size_t i = 0; i < found.pods.size(); ++i) {
    reached += found.pods[i].ok() ? cluster.SizeOf(cluster.waiting()[i]) : MiB(0);
  }
  const RelaxationOf pods(cluster);
  const MiB to_reach = reached - pods.certain_size();
  const MiB bound(UpperBound(pods.relaxation(), to_reach.count()));
  return cluster.InDevices(pods.certain_size() + bound);
}

}  // namespace berth::sim
