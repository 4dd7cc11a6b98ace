#include "berth/inventory/bandwidth.h"

#include <algorithm>
#include <cmath>

namespace berth::inventory {
namespace {

using cluster::Rates;

constexpr std::size_t kVoices = 3;  // samples of a node, and nodes of a class, that are heard
constexpr int kClassSamples = 2;    // among the node's own

constexpr std::array<double Rates::*, kHopCount> kRates = {
    &Rates::device_from_host, &Rates::host_from_disk, &Rates::from_peer, &Rates::from_remote};

// Of an even number the mean of the two in the middle. Not of nothing.
double Median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) {
    return *middle;
  }
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double Bounded(double rate, double configured) {
  return std::clamp(rate, configured / Bandwidth::kBound, configured * Bandwidth::kBound);
}

}  // namespace

Hop HopOf(cluster::Tier tier) {
  switch (tier) {
    case cluster::Tier::kDevice:
    case cluster::Tier::kHost:
      return Hop::kDeviceFromHost;
    case cluster::Tier::kDisk:
      return Hop::kHostFromDisk;
    case cluster::Tier::kPeer:
      return Hop::kFromPeer;
    case cluster::Tier::kRemote:
      break;
  }
  return Hop::kFromRemote;
}

double RateOf(const Rates& rates, Hop hop) { return rates.*kRates[static_cast<std::size_t>(hop)]; }

void Bandwidth::Observe(std::string_view node, std::uint16_t node_class, Hop hop, double rate,
                        Instant now) {
  if (!std::isfinite(rate) || rate <= 0) {
    return;
  }
  auto at = nodes_.find(node);
  if (at == nodes_.end()) {
    at = nodes_.try_emplace(std::string(node)).first;
  }
  NodeSamples& known = at->second;
  known.node_class = node_class;
  std::vector<Sample>& ring = known.hops[static_cast<std::size_t>(hop)];
  std::size_t& next = known.next[static_cast<std::size_t>(hop)];
  const Sample sample{.log_rate = std::log(rate), .at = now};
  if (ring.size() < kSamples) {
    ring.push_back(sample);
  } else {
    ring[next] = sample;
    next = (next + 1) % kSamples;
  }
}

void Bandwidth::Forget(std::string_view node) {
  if (const auto at = nodes_.find(node); at != nodes_.end()) {
    nodes_.erase(at);
  }
}

std::vector<double> Bandwidth::Live(const std::vector<Sample>& samples, Instant now) {
  std::vector<double> live;
  live.reserve(kSamples + kClassSamples);
  for (const Sample& sample : samples) {
    if (now - sample.at <= kMaxAge) {
      live.push_back(sample.log_rate);
    }
  }
  return live;
}

std::vector<Rates> Bandwidth::ByClass(const std::vector<Rates>& configured, Instant now) const {
  std::vector<std::array<std::vector<double>, kHopCount>> medians(configured.size());
  for (const auto& [name, known] : nodes_) {
    if (known.node_class >= configured.size()) {
      continue;
    }
    for (std::size_t hop = 0; hop < kHopCount; ++hop) {
      std::vector<double> live = Live(known.hops[hop], now);
      if (live.size() >= kVoices) {
        medians[known.node_class][hop].push_back(Median(live));
      }
    }
  }
  std::vector<Rates> rates = configured;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    for (std::size_t hop = 0; hop < kHopCount; ++hop) {
      double& rate = rates[i].*kRates[hop];
      if (rate > 0 && medians[i][hop].size() >= kVoices) {
        rate = Bounded(std::exp(Median(medians[i][hop])), rate);
      }
    }
  }
  return rates;
}

Rates Bandwidth::OfNode(std::string_view node, const Rates& of_class, const Rates& configured,
                        Instant now) const {
  Rates rates = of_class;
  const auto at = nodes_.find(node);
  if (at == nodes_.end()) {
    return rates;
  }
  for (std::size_t hop = 0; hop < kHopCount; ++hop) {
    double& rate = rates.*kRates[hop];
    std::vector<double> live = Live(at->second.hops[hop], now);
    if (live.empty() || configured.*kRates[hop] <= 0) {
      continue;
    }
    live.insert(live.end(), kClassSamples, std::log(rate));
    rate = Bounded(std::exp(Median(live)), configured.*kRates[hop]);
  }
  return rates;
}

}  // namespace berth::inventory
