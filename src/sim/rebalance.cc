#include "berth/sim/rebalance.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <ranges>
#include <set>
#include <utility>

#include "berth/base/check.h"

namespace berth::sim {
namespace {

using Pods = std::vector<const kube::PodObject*>;

enum class Chains : std::uint8_t { kNone, kAllowed };

// The next set of as many positions below `limit`, in lexical order. False: that was the last.
bool Advance(std::vector<std::size_t>& chosen, std::size_t limit) {
  for (std::size_t i = chosen.size(); i > 0; --i) {
    if (chosen[i - 1] < limit - (chosen.size() - (i - 1))) {
      ++chosen[i - 1];
      std::iota(chosen.begin() + static_cast<std::ptrdiff_t>(i), chosen.end(), chosen[i - 1] + 1);
      return true;
    }
  }
  return false;
}

Pods Picked(const Pods& pods, const std::vector<std::size_t>& positions) {
  Pods picked;
  for (const std::size_t i : positions) {
    picked.push_back(pods[i]);
  }
  return picked;
}

// Pods that are away until this is gone.
class [[nodiscard]] Away {
 public:
  Away(TrialCluster& cluster, Pods pods) : cluster_(cluster), pods_(std::move(pods)) {
    for (const kube::PodObject* pod : pods_) {
      cluster_.TakeAway(*pod);
    }
  }
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;
  ~Away() {
    for (const kube::PodObject* pod : pods_) {
      cluster_.PutBack(*pod);
    }
  }

 private:
  TrialCluster& cluster_;
  const Pods pods_;
};

// Makes moves in the cluster itself and takes them back where they lead nowhere. What is still to
// be done lies on a stack: pods that have to leave, and above a pod that is to take others' room
// these others. So each move comes when there is room for it, and pods that wait for each other in
// a ring are no way.
class MoveSearch {
 public:
  MoveSearch(TrialCluster& cluster, const kube::PodObject& pod, const RebalanceSettings& settings)
      : cluster_(cluster), pod_(pod), settings_(settings) {
    for (const kube::PodObject& docked : cluster_.docked()) {
      if (!docked.terminating) {
        pods_[docked.node_name].push_back(&docked);
      }
    }
  }

  std::optional<Rebalance> Run() {
    if (const Docking docking = cluster_.Dock(pod_); docking.ok()) {
      cluster_.TakeAway(pod_);
      return Rebalance{.node = docking.node, .moves = {}};
    }
    const std::vector<std::string> nodes = NodesThatCould();
    const std::size_t searches = 2 * settings_.moves;
    std::optional<Rebalance> found;
    for (std::size_t search = 0; search < searches && !found; ++search) {
      settings_.done(search, searches);
      found = Search(nodes, 1 + (search / 2), search % 2 == 0 ? Chains::kNone : Chains::kAllowed);
    }
    settings_.done(searches, searches);
    return found;
  }

 private:
  struct Task {
    const kube::PodObject* pod = nullptr;
    std::string node;  // where it docks; empty: wherever there is room, or can be made
  };

  // On which the pod would fit without any of their pods.
  std::vector<std::string> NodesThatCould() {
    std::vector<std::string> nodes;
    for (const auto& [node, pods] : pods_) {
      if (FitsWithout(pod_, node, pods)) {
        nodes.push_back(node);
      }
    }
    return nodes;
  }

  std::optional<Rebalance> Search(const std::vector<std::string>& nodes, std::size_t moves,
                                  Chains chains) {
    most_moves_ = moves;
    chains_ = chains;
    tries_ = 0;
    for (const std::string& node : nodes) {
      freed_ = node;
      if (AnyWayToFit(pod_, node, [this](const Pods& leaving) { return MoveAway(leaving); })) {
        return Rebalance{.node = node, .moves = TakeBack()};
      }
    }
    return std::nullopt;
  }

  bool IsTryLeft() const { return tries_ < settings_.tries; }
  std::size_t MovesLeft() const { return most_moves_ - planned_.size(); }

  bool FitsWithout(const kube::PodObject& pod, const std::string& node, Pods pods) {
    ++tries_;
    if (IsDocked(pod)) {
      pods.push_back(&pod);
    }
    const Away away(cluster_, std::move(pods));
    const bool fits = cluster_.DockOn(pod, node).ok();
    cluster_.TakeAway(pod);
    return fits;
  }

  bool IsDocked(const kube::PodObject& pod) const { return &pod != &pod_; }

  // Sets of pods, as small as possible, without which the pod fits on the node: calls visit(set)
  // until one says true.
  template <typename Visit>
  bool AnyWayToFit(const kube::PodObject& pod, const std::string& node, Visit visit) {
    const Pods candidates = CandidatesOn(node);
    if (candidates.empty() || !FitsWithout(pod, node, candidates)) {
      return false;
    }
    std::vector<Pods> enough;
    for (std::size_t size = 1; size <= std::min(MovesLeft(), candidates.size()); ++size) {
      std::vector<std::size_t> chosen(size);
      std::iota(chosen.begin(), chosen.end(), std::size_t{0});
      do {
        const Pods leaving = Picked(candidates, chosen);
        const bool is_more_than_enough = std::ranges::any_of(
            enough, [&](const Pods& fewer) { return std::ranges::includes(leaving, fewer); });
        if (is_more_than_enough || !FitsWithout(pod, node, leaving)) {
          continue;
        }
        if (visit(leaving)) {
          return true;
        }
        enough.push_back(leaving);
      } while (IsTryLeft() && Advance(chosen, candidates.size()));
    }
    return false;
  }

  // Pods that may leave the node. The very first to move has to find room as it is, and no other
  // moves first where there is one move left.
  Pods CandidatesOn(const std::string& node) {
    const bool moves_first = moves_.empty() && (chains_ == Chains::kNone || MovesLeft() == 1);
    Pods candidates;
    for (const kube::PodObject* const pod : pods_.at(node)) {
      if (!planned_.contains(pod) && (!moves_first || ChoicesAtFirst(*pod) > 0)) {
        candidates.push_back(pod);
      }
    }
    return candidates;
  }

  // Nodes that it could move to before anything else has moved.
  std::size_t ChoicesAtFirst(const kube::PodObject& pod) {
    const auto known = choices_at_first_.find(&pod);
    return known != choices_at_first_.end()
               ? known->second
               : choices_at_first_.emplace(&pod, OtherNodesFor(pod).size()).first->second;
  }

  // With room for it, best first.
  std::vector<std::string> OtherNodesFor(const kube::PodObject& pod) {
    const Away away(cluster_, {&pod});
    std::vector<std::string> nodes = cluster_.Choices(pod);
    std::erase(nodes, pod.node_name);
    return nodes;
  }

  // The order matters to chains: one may take the room that another makes. Without them those with
  // the fewest choices go first: where two need the same room it shows at once.
  bool MoveAway(const Pods& leaving) {
    std::vector<std::size_t> order(leaving.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (chains_ == Chains::kNone) {
      std::ranges::stable_sort(
          order, {}, [&](std::size_t position) { return ChoicesAtFirst(*leaving[position]); });
      return MoveInOrder(Picked(leaving, order));
    }
    do {
      if (MoveInOrder(Picked(leaving, order))) {
        return true;
      }
    } while (std::ranges::next_permutation(order).found);
    return false;
  }

  bool MoveInOrder(const Pods& leaving) {
    planned_.insert(leaving.begin(), leaving.end());
    for (const kube::PodObject* const pod : std::views::reverse(leaving)) {
      tasks_.push_back({.pod = pod, .node = {}});
    }
    if (Continue()) {
      return true;
    }
    for (const kube::PodObject* const pod : leaving) {
      tasks_.pop_back();
      planned_.erase(pod);
    }
    return false;
  }

  bool Continue() {
    if (tasks_.empty()) {
      return true;
    }
    const Task task = std::move(tasks_.back());
    tasks_.pop_back();
    if (task.node.empty() ? MoveSomewhere(*task.pod) : MoveTo(*task.pod, task.node)) {
      return true;
    }
    tasks_.push_back(task);
    return false;
  }

  bool MoveTo(const kube::PodObject& pod, const std::string& node) {
    if (!IsTryLeft()) {
      return false;
    }
    ++tries_;
    cluster_.TakeAway(pod);
    if (Docking to = cluster_.DockOn(pod, node); to.ok()) {
      moves_.push_back({.pod = &pod, .to = std::move(to), .closed = {}});
      if (Continue()) {
        return true;
      }
      moves_.pop_back();
      cluster_.TakeAway(pod);
    }
    cluster_.PutBack(pod);
    return false;
  }

  bool MoveSomewhere(const kube::PodObject& pod) {
    ++tries_;
    std::vector<std::string> nodes = OtherNodesFor(pod);
    std::erase(nodes, freed_);
    if (std::ranges::any_of(nodes, [&](const std::string& node) { return MoveTo(pod, node); })) {
      return true;
    }
    return chains_ == Chains::kAllowed && MovesLeft() > 0 && MoveWhereRoomIsMade(pod, nodes);
  }

  bool MoveWhereRoomIsMade(const kube::PodObject& pod, const std::vector<std::string>& with_room) {
    return std::ranges::any_of(pods_, [&](const auto& entry) {
      const std::string& node = entry.first;
      if (!IsTryLeft() || node == pod.node_name || node == freed_ ||
          std::ranges::find(with_room, node) != with_room.end()) {
        return false;
      }
      return AnyWayToFit(pod, node, [&](const Pods& leaving) {
        tasks_.push_back({.pod = &pod, .node = node});
        if (MoveAway(leaving)) {
          return true;
        }
        tasks_.pop_back();
        return false;
      });
    });
  }

  // What was found; the cluster is as it was.
  std::vector<Move> TakeBack() {
    Undo();
    for (Move& move : moves_) {
      cluster_.TakeAway(*move.pod);
      move.closed = ClosedFor(move);
      const Docking again = cluster_.DockOn(*move.pod, move.to.node);
      BERTH_CHECK(again.ok());  // it has been there before
    }
    Undo();
    return std::move(moves_);
  }

  // Of a pod that is away, once those before it have moved.
  std::vector<std::string> ClosedFor(const Move& move) {
    std::set<std::string> closed = {freed_, move.pod->node_name};
    for (std::string& node : cluster_.Choices(*move.pod)) {
      if (node == move.to.node) {
        break;
      }
      closed.insert(std::move(node));
    }
    return {closed.begin(), closed.end()};
  }

  void Undo() {
    for (const Move& move : moves_) {
      cluster_.TakeAway(*move.pod);
    }
    for (const Move& move : moves_) {
      cluster_.PutBack(*move.pod);
    }
  }

  TrialCluster& cluster_;
  const kube::PodObject& pod_;
  const RebalanceSettings& settings_;
  std::map<std::string, Pods> pods_;  // that may move, by node
  std::map<const kube::PodObject*, std::size_t> choices_at_first_;

  // Of the search under way.
  std::size_t most_moves_ = 0;
  Chains chains_ = Chains::kNone;
  std::size_t tries_ = 0;
  std::string freed_;                         // the node that is made room on
  std::set<const kube::PodObject*> planned_;  // moved, or to be
  std::vector<Task> tasks_;                   // the last comes next
  std::vector<Move> moves_;                   // made so far
};

}  // namespace

std::optional<Rebalance> FewestMoves(TrialCluster& cluster, const kube::PodObject& pod,
                                     const RebalanceSettings& settings) {
  return MoveSearch(cluster, pod, settings).Run();
}

}  // namespace berth::sim
