// What pods ask for, as it is learnt and told, and of which kinds of nodes. Not thread-safe, but
// made for work without the lock: a lesson is taken out, worked out and given back; what comes
// meanwhile is for the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "berth/cluster/demand.h"
#include "berth/cluster/node.h"
#include "berth/cluster/pod.h"
#include "berth/state/store.h"
#include "demand_memory.h"

namespace berth::state {

// Positions of kinds of nodes in Demand::kinds.
class KindTable {
 public:
  struct Position {
    std::uint32_t at = 0;
    bool is_new = false;
  };
  // Nodes that every pod sees alike have one and the same.
  Position PositionOf(const cluster::NodeFacts& facts);
  // That were ever given away.
  std::size_t size() const { return size_; }

  // With how many nodes there are of each, by position.
  std::vector<cluster::KindCount> WithCounts(const std::vector<std::int64_t>& nodes) const;
  // Forgets those without nodes. Their positions go to other kinds only once they are given back:
  // after a lesson that knows of it, so that nobody reads there what was true of the kind before.
  std::vector<std::uint32_t> DropUnused(const std::vector<cluster::KindCount>& kinds);
  void GiveBack(const std::vector<std::uint32_t>& positions);

 private:
  std::map<cluster::NodeKind, std::uint32_t> positions_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

struct Lesson {
  DemandMemory docked;
  std::shared_ptr<const TypicalPods> alone;  // nullptr: what docked counts
  std::vector<cluster::KindCount> kinds;
  std::vector<std::uint32_t> unused_kinds;  // positions in `kinds` without nodes

  // Takes milliseconds.
  cluster::Demand WorkOut();
};

class DemandLearner {
 public:
  // Position in Demand::kinds of nodes like this one.
  std::uint32_t KindOf(const cluster::NodeFacts& facts);
  std::size_t kinds() const { return kinds_.size(); }

  // A pod docked. It is counted whether anybody wants to learn or not.
  void Remember(const cluster::PodRequest& pod) { memory_.Add(pod); }
  // In place of what was told before.
  void Tell(TypicalPods pods);
  // False: it is so already.
  bool SetLearning(bool is_learning);
  bool is_learning() const { return is_learning_; }

  // There is enough to learn, and no lesson is out.
  bool is_due() const;
  // Takes one out that is due. `nodes`: how many there are of each kind.
  Lesson Begin(const std::vector<std::int64_t>& nodes);
  void End(Lesson lesson);

 private:
  KindTable kinds_;
  DemandMemory memory_;
  std::shared_ptr<const TypicalPods> typical_ = std::make_shared<const TypicalPods>();
  bool is_told_ = true;  // typical_ to memory_
  bool is_learning_ = true;
  bool is_lesson_out_ = false;
  bool is_stale_ = false;  // kinds of nodes changed since the last lesson, or what is to be learnt
};

}  // namespace berth::state
