#include "berth/sim/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "berth/base/random.h"
#include "streams.h"

namespace berth::sim {
namespace {

class Inflation {
 public:
  Inflation(std::span<const TracePod> pods, Millidevices limit, std::uint64_t seed)
      : pods_(pods),
        limit_(limit),
        random_(seed, Stream::kArrivals),
        rows_(FileOrder(pods.size())) {
    for (const TracePod& pod : pods_) {
      asked_ += pod.demand();
    }
  }

  std::vector<std::uint32_t> Run() && {
    Shuffle();
    if (asked_ == Millidevices(0)) {
      return std::move(rows_);
    }
    while (asked_ > limit_) {
      LeaveOneOut();
    }
    while (RepeatOne()) {
    }
    return std::move(rows_);
  }

 private:
  std::uint32_t Draw(std::size_t count) { return random_.Below(static_cast<std::uint32_t>(count)); }

  void Shuffle() {
    for (std::size_t i = rows_.size(); i > 1; --i) {
      std::swap(rows_[i - 1], rows_[Draw(i)]);
    }
  }

  void LeaveOneOut() {
    const auto out = rows_.begin() + Draw(rows_.size());
    asked_ -= pods_[*out].demand();
    rows_.erase(out);
  }

  // False: the one that was drawn would pass the limit.
  bool RepeatOne() {
    const std::uint32_t row = Draw(pods_.size());
    if (asked_ + pods_[row].demand() > limit_) {
      return false;
    }
    asked_ += pods_[row].demand();
    rows_.push_back(row);
    return true;
  }

  const std::span<const TracePod> pods_;
  const Millidevices limit_;
  Random random_;
  std::vector<std::uint32_t> rows_;
  Millidevices asked_;  // by rows_
};

}  // namespace

std::vector<std::uint32_t> FileOrder(std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0U);
  return rows;
}

std::vector<std::uint32_t> InflatedArrivals(std::span<const TraceNode> nodes,
                                            std::span<const TracePod> pods, int percent,
                                            std::uint64_t seed) {
  const Millidevices limit(CapacityOf(nodes).count() * percent / 100);
  return Inflation(pods, limit, seed).Run();
}

std::vector<TraceNode> GrownNodes(std::span<const TraceNode> nodes, std::size_t count) {
  std::vector<TraceNode> grown;
  grown.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    grown.push_back(nodes[i % nodes.size()]);
    grown.back().name += fmt::format("-{}", i / nodes.size());
  }
  return grown;
}

std::vector<std::uint32_t> DrawnArrivals(std::size_t rows, std::size_t count, std::uint64_t seed) {
  Random random(seed, Stream::kArrivals);
  std::vector<std::uint32_t> arrivals(count);
  std::ranges::generate(arrivals, [&] { return random.Below(static_cast<std::uint32_t>(rows)); });
  return arrivals;
}

}  // namespace berth::sim
