// Node labels model.berth.dev/<key> = gpu | host | nvme | peer | staging: the nearest tier at which
// the node has the weights. At most 64 of them are read.
#include <fmt/format.h>

#include "registry.h"
#include "status.h"
#include "text.h"

namespace berth::inventory {
namespace {

constexpr std::string_view kPrefix = "model.berth.dev/";
constexpr std::size_t kMaxLabels = 64;

Reading ReadNodeLabels(const kube::NodeObject& node) {
  Reading reading{.node = node.name};
  std::size_t labels = 0;
  for (const auto& [label, value] : node.labels) {
    const auto digits = After(label, kPrefix);
    if (!digits) {
      continue;
    }
    if (++labels > kMaxLabels) {
      reading.problems.push_back(
          fmt::format("label {}: only {} of its kind are read", label, kMaxLabels));
      break;
    }
    const auto key = ParseKey(*digits);
    const auto tier = ParseTier(value);
    if (!key) {
      reading.problems.push_back(
          fmt::format("label {}: expected 16 hexadecimal digits after '/'", label));
    } else if (!tier) {
      reading.problems.push_back(
          fmt::format("label {}: '{}' is none of gpu, host, nvme, peer, staging", label, value));
    } else if (tier->counts) {
      reading.facts.push_back({.key = *key, .tier = tier->tier, .arriving = tier->arriving});
    }
  }
  return reading;
}

}  // namespace

Source NodeLabels() {
  return {.name = "node-labels", .kind = "Node", .read_node = &ReadNodeLabels};
}

}  // namespace berth::inventory
