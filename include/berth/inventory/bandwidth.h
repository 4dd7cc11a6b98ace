// How fast weights really move into a node, learnt from starts that were observed.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "berth/base/clock.h"
#include "berth/cluster/weights.h"

namespace berth::inventory {

enum class Hop : std::uint8_t { kDeviceFromHost, kHostFromDisk, kFromPeer, kFromRemote };
inline constexpr std::size_t kHopCount = 4;
Hop HopOf(cluster::Tier tier);
double RateOf(const cluster::Rates& rates, Hop hop);  // bytes per second

// The estimate of a node's hop is the median of its last 31 samples and of two more at what its
// class shows, on a logarithmic scale. The median, because starts go wrong in one direction only
// and by any factor (an image that has to be pulled, a readiness probe that comes late): up to half
// of the samples may be such without moving it far, while a mean, of logarithms too, follows each.
// On a logarithmic scale, because half and double are equal mistakes. The two samples of the class
// keep one odd start of a new node from being believed.
//
// A class shows the median over those of its nodes that have three samples, once there are three
// such nodes (so that one slow disk speaks for nobody else); else what is configured. Every
// estimate stays within 1/8 and 8 times of what is configured. Samples older than 14 days are
// forgotten. A hop that is configured as 0 does not exist and learns nothing. Not thread-safe.
class Bandwidth {
 public:
  static constexpr std::size_t kSamples = 31;
  static constexpr double kBound = 8;
  static constexpr Duration kMaxAge = std::chrono::hours(24 * 14);

  // `rate`, bytes per second, was seen. No positive number: not a sample.
  void Observe(std::string_view node, std::uint16_t node_class, Hop hop, double rate, Instant now);
  void Forget(std::string_view node);  // it is gone, or another machine has its name

  // What nodes of the class do that nothing is known of themselves. By class, as configured.
  std::vector<cluster::Rates> ByClass(const std::vector<cluster::Rates>& configured,
                                      Instant now) const;
  // False: there are no samples of the node, it does as its class.
  bool Knows(std::string_view node) const { return nodes_.contains(node); }
  cluster::Rates OfNode(std::string_view node, const cluster::Rates& of_class,
                        const cluster::Rates& configured, Instant now) const;

 private:
  struct Sample {
    double log_rate = 0;
    Instant at;
  };
  struct NodeSamples {
    std::uint16_t node_class = 0;
    std::array<std::vector<Sample>, kHopCount> hops;  // rings of kSamples
    std::array<std::size_t, kHopCount> next{};
  };

  static std::vector<double> Live(const std::vector<Sample>& samples, Instant now);

  std::map<std::string, NodeSamples, std::less<>> nodes_;
};

}  // namespace berth::inventory
