#include "berth/sim/joint_placement.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "berth/base/random.h"
#include "streams.h"

namespace berth::sim {
namespace {

using Order = std::vector<std::size_t>;  // positions in waiting()

std::vector<MiB> SizesOf(const TrialCluster& cluster) {
  std::vector<MiB> sizes;
  for (const kube::PodObject& pod : cluster.waiting()) {
    sizes.push_back(cluster.SizeOf(pod));
  }
  return sizes;
}

// Leaves the cluster as it was.
Placement PlaceIn(const Order& order, const std::vector<MiB>& sizes, TrialCluster& cluster) {
  Placement placement{.pods = std::vector<Docking>(order.size())};
  for (const std::size_t pod : order) {
    placement.pods[pod] = cluster.Dock(cluster.waiting()[pod]);
  }
  for (const std::size_t pod : order) {
    cluster.TakeAway(cluster.waiting()[pod]);
  }
  // Added up in one order, whichever they docked in.
  MiB size;
  for (std::size_t pod = 0; pod < order.size(); ++pod) {
    if (placement.pods[pod].ok()) {
      ++placement.docked;
      size += sizes[pod];
      placement.cost += placement.pods[pod].cost;
    }
  }
  placement.devices = cluster.InDevices(size);
  return placement;
}

class JointSearch {
 public:
  JointSearch(TrialCluster& cluster, const JointSettings& settings)
      : cluster_(cluster),
        settings_(settings),
        sizes_(SizesOf(cluster)),
        random_(settings.seed, Stream::kOrders) {}

  Placement Run() {
    order_.resize(cluster_.waiting().size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    Placement first = PlaceIn(order_, sizes_, cluster_);
    if (order_.size() < 2) {
      return first;
    }
    best_ = first;
    Try(LargestFirst());
    const auto rounds = static_cast<std::size_t>(settings_.rounds);
    settings_.done(0, rounds);
    for (std::size_t round = 0; round < rounds; ++round) {
      Try(Varied());
      settings_.done(round + 1, rounds);
    }
    return IsWorse(first, best_) ? std::move(best_) : std::move(first);
  }

 private:
  const kube::PodObject& Pod(std::size_t pod) const { return cluster_.waiting()[pod]; }

  void Try(Order order) {
    Placement placement = PlaceIn(order, sizes_, cluster_);
    if (!IsWorse(placement, best_)) {
      best_ = std::move(placement);
      order_ = std::move(order);
    }
  }

  // waiting() is in the order of priority: the first level at which they differ decides.
  bool IsWorse(const Placement& a, const Placement& b) const {
    std::pair<MiB, int> lead;  // of a, in size and pods, among those of one priority
    for (std::size_t pod = 0; pod < a.pods.size(); ++pod) {
      if (pod > 0 && Pod(pod).priority != Pod(pod - 1).priority && lead != decltype(lead)()) {
        break;
      }
      const int more = (a.pods[pod].ok() ? 1 : 0) - (b.pods[pod].ok() ? 1 : 0);
      lead.first += sizes_[pod] * more;
      lead.second += more;
    }
    return lead != decltype(lead)() ? lead < decltype(lead)() : a.cost > b.cost;
  }

  Order LargestFirst() const {
    Order order = order_;
    std::ranges::stable_sort(order, [this](std::size_t a, std::size_t b) {
      return Pod(a).priority != Pod(b).priority ? Pod(a).priority > Pod(b).priority
                                                : sizes_[a] > sizes_[b];
    });
    return order;
  }

  // Those without room first, then two random neighbours in priority change places.
  Order Varied() {
    Order order = order_;
    std::ranges::stable_sort(order, [this](std::size_t a, std::size_t b) {
      return Pod(a).priority != Pod(b).priority ? Pod(a).priority > Pod(b).priority
                                                : best_.pods[a].ok() < best_.pods[b].ok();
    });
    const std::size_t one = Draw(order.size());
    const std::size_t other = Draw(order.size());
    if (Pod(order[one]).priority == Pod(order[other]).priority) {
      std::swap(order[one], order[other]);
    }
    return order;
  }

  std::size_t Draw(std::size_t limit) { return random_.Below(static_cast<std::uint32_t>(limit)); }

  TrialCluster& cluster_;
  const JointSettings& settings_;
  const std::vector<MiB> sizes_;  // by position in waiting()
  Random random_;
  Order order_;  // of the best so far
  Placement best_;
};

}  // namespace

Placement PlaceOneByOne(TrialCluster& cluster) {
  Order order(cluster.waiting().size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return PlaceIn(order, SizesOf(cluster), cluster);
}

Placement PlaceJointly(TrialCluster& cluster, const JointSettings& settings) {
  return JointSearch(cluster, settings).Run();
}

}  // namespace berth::sim
