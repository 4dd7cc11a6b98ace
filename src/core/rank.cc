// From costs to the integers that kube-scheduler adds up, and to the few nodes that are worth its
// time.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "berth/core/decide.h"

namespace berth::core {

std::vector<std::int64_t> Ladder(const Decision& decision, std::int64_t scale) {
  std::vector<std::int64_t> scores(decision.nodes.size(), 0);
  if (decision.best < 0 || !decision.scored) {
    return scores;
  }
  const auto best = static_cast<std::size_t>(decision.best);
  float lowest = std::numeric_limits<float>::max();
  float highest = 0;
  for (const NodeDecision& node : decision.nodes) {
    if (node.fits() && !node.contended) {
      lowest = std::min(lowest, node.cost);
      highest = std::max(highest, node.cost);
    }
  }
  const float spread = highest - lowest;
  const auto rungs = static_cast<float>(scale - 1);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const NodeDecision& node = decision.nodes[i];
    if (!node.fits() || node.contended) {
      continue;
    }
    const float place = spread > 0 ? (highest - node.cost) / spread : 1.0F;
    scores[i] = static_cast<std::int64_t>(rungs * place);  // rounds down
  }
  scores[best] = scale;
  return scores;
}

std::vector<std::uint32_t> Shortlist(const cluster::Snapshot& snapshot, const Decision& decision,
                                     std::uint32_t limit) {
  constexpr std::uint8_t kPerZone = 2;
  std::vector<std::uint32_t> order;
  order.reserve(decision.fitting);
  for (std::uint32_t i = 0; i < decision.nodes.size(); ++i) {
    if (decision.nodes[i].fits()) {
      order.push_back(i);
    }
  }
  const auto better = [&](std::uint32_t a, std::uint32_t b) {
    return Better(snapshot, decision.nodes[a], decision.nodes[b]);
  };
  if (limit == 0 || order.size() <= limit) {
    std::ranges::sort(order, better);
    return order;
  }

  // The best `limit`, then the best of each zone that is still short, found in one pass over the
  // rest.
  const auto middle = order.begin() + limit;
  std::ranges::nth_element(order, middle, better);
  std::vector<std::uint32_t> kept(order.begin(), middle);
  std::vector<std::uint8_t> in_zone(snapshot.zones().size(), 0);
  for (const std::uint32_t i : kept) {
    std::uint8_t& count = in_zone[snapshot.row(decision.nodes[i].node).zone];
    count = std::min<std::uint8_t>(kPerZone, static_cast<std::uint8_t>(count + 1U));
  }
  struct Pair {
    std::int64_t first = -1;
    std::int64_t second = -1;
  };
  std::vector<Pair> rest(snapshot.zones().size());
  for (auto at = middle; at != order.end(); ++at) {
    Pair& pair = rest[snapshot.row(decision.nodes[*at].node).zone];
    if (pair.first < 0 || better(*at, static_cast<std::uint32_t>(pair.first))) {
      pair.second = std::exchange(pair.first, *at);
    } else if (pair.second < 0 || better(*at, static_cast<std::uint32_t>(pair.second))) {
      pair.second = *at;
    }
  }
  for (std::size_t zone = 0; zone < rest.size(); ++zone) {
    if (rest[zone].first >= 0 && in_zone[zone] < kPerZone) {
      kept.push_back(static_cast<std::uint32_t>(rest[zone].first));
      ++in_zone[zone];
    }
    if (rest[zone].second >= 0 && in_zone[zone] < kPerZone) {
      kept.push_back(static_cast<std::uint32_t>(rest[zone].second));
    }
  }
  std::ranges::sort(kept, better);
  return kept;
}

}  // namespace berth::core
