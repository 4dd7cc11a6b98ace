#include "demand_learner.h"

#include <algorithm>
#include <utility>

#include "berth/cluster/product.h"

namespace berth::state {
namespace {

cluster::NodeKind NodeKindOf(const cluster::NodeFacts& facts) {
  cluster::NodeKind kind{.product = cluster::LowerCase(facts.product), .cpu = facts.cpu};
  if (facts.mode == cluster::NodeMode::kWhole) {
    kind.whole = facts.whole;
  } else if (facts.mode == cluster::NodeMode::kShared) {
    kind.devices = static_cast<std::int32_t>(facts.devices.size());
    for (const cluster::Device& device : facts.devices) {
      kind.device_memory += device.memory;
    }
    kind.device_memory = MiB(kind.device_memory.count() / std::max(kind.devices, 1));
  }
  return kind;
}

}  // namespace

KindTable::Position KindTable::PositionOf(const cluster::NodeFacts& facts) {
  const auto [at, is_new] = positions_.try_emplace(NodeKindOf(facts), 0);
  if (is_new && free_.empty()) {
    at->second = static_cast<std::uint32_t>(size_++);
  } else if (is_new) {
    at->second = free_.back();
    free_.pop_back();
  }
  return {.at = at->second, .is_new = is_new};
}

std::vector<cluster::KindCount> KindTable::WithCounts(
    const std::vector<std::int64_t>& nodes) const {
  std::vector<cluster::KindCount> kinds(size_);
  for (const auto& [kind, position] : positions_) {
    kinds[position] = {.kind = kind, .nodes = nodes[position]};
  }
  return kinds;
}

std::vector<std::uint32_t> KindTable::DropUnused(const std::vector<cluster::KindCount>& kinds) {
  std::vector<std::uint32_t> unused;
  std::erase_if(positions_, [&](const auto& entry) {
    const bool is_unused = kinds[entry.second].nodes == 0;
    if (is_unused) {
      unused.push_back(entry.second);
    }
    return is_unused;
  });
  return unused;
}

void KindTable::GiveBack(const std::vector<std::uint32_t>& positions) {
  free_.insert(free_.end(), positions.begin(), positions.end());
}

cluster::Demand Lesson::WorkOut() {
  cluster::Demand demand =
      cluster::DemandOf(alone != nullptr ? alone->pods : docked.Learn(), kinds);
  demand.told = alone != nullptr ? demand.pods : docked.told();
  return demand;
}

std::uint32_t DemandLearner::KindOf(const cluster::NodeFacts& facts) {
  const auto [position, is_new] = kinds_.PositionOf(facts);
  is_stale_ = is_stale_ || is_new;
  return position;
}

void DemandLearner::Tell(TypicalPods pods) {
  if (pods == *typical_) {
    return;
  }
  typical_ = std::make_shared<const TypicalPods>(std::move(pods));
  is_told_ = false;
  is_stale_ = true;
}

bool DemandLearner::SetLearning(bool is_learning) {
  if (is_learning == is_learning_) {
    return false;
  }
  is_learning_ = is_learning;
  is_stale_ = true;
  return true;
}

bool DemandLearner::is_due() const {
  return is_learning_ && !is_lesson_out_ && (is_stale_ || (typical_->learn && memory_.due()));
}

Lesson DemandLearner::Begin(const std::vector<std::int64_t>& nodes) {
  is_lesson_out_ = true;
  is_stale_ = false;
  if (!std::exchange(is_told_, true)) {
    memory_.Tell(typical_->pods);
  }
  Lesson lesson{.docked = std::exchange(memory_, {}),
                .alone = typical_->learn ? nullptr : typical_,
                .kinds = kinds_.WithCounts(nodes),
                .unused_kinds = {}};
  lesson.unused_kinds = kinds_.DropUnused(lesson.kinds);
  return lesson;
}

void DemandLearner::End(Lesson lesson) {
  is_lesson_out_ = false;
  lesson.docked.Add(std::exchange(memory_, {}));
  memory_ = std::move(lesson.docked);
  kinds_.GiveBack(lesson.unused_kinds);
}

}  // namespace berth::state
