// Fluid's node labels fluid.io/s-h-<runtime>-m-<namespace>-<dataset> (memory) and ...-d-... (disk),
// whose value is a capacity like "2GiB", for sources fluid://<namespace>/<dataset>[/path].
//
// A label says what a cache worker may hold on the node, not what it holds: it is taken for a copy
// of at most that many bytes, which may not be there yet. Namespace and dataset are joined by '-',
// so fluid://a-b/c and fluid://a/b-c are the same here; a name that Fluid has cut short (63
// characters) is not found.
#include <fmt/format.h>

#include <string>

#include "berth/kube/quantity.h"
#include "registry.h"
#include "text.h"

namespace berth::inventory {
namespace {

constexpr std::string_view kPrefix = "fluid.io/s-h-";

SourceKey DatasetKey(std::string_view joined) {
  return KeyOf(fmt::format("fluid-label:{}", joined));
}

// "2GiB", "512MiB", "0B": a quantity with a B behind it.
Result<std::int64_t> ParseCapacity(std::string_view text) {
  if (text.ends_with('B')) {
    text.remove_suffix(1);
  }
  return kube::ParseQuantity(text, 1);
}

Reading ReadFluidLabels(const kube::NodeObject& node) {
  Reading reading{.node = node.name};
  for (const auto& [label, value] : node.labels) {
    const auto rest = After(label, kPrefix);
    if (!rest) {
      continue;
    }
    const std::size_t dash = rest->find('-');  // no runtime has one in its name
    const std::string_view tail =
        dash == std::string_view::npos ? std::string_view() : rest->substr(dash + 1);
    const bool memory = tail.starts_with("m-");
    if (!memory && !tail.starts_with("d-")) {
      continue;  // the total, or another label's words
    }
    const Result<std::int64_t> capacity = ParseCapacity(value);
    if (!capacity.ok()) {
      reading.problems.push_back(fmt::format("label {}: {}", label, capacity.error().message));
    } else if (*capacity > 0) {
      reading.facts.push_back({.key = DatasetKey(tail.substr(2)),
                               .tier = memory ? cluster::Tier::kHost : cluster::Tier::kDisk,
                               .bytes = Bytes(*capacity)});
    }
  }
  return reading;
}

std::optional<SourceKey> DatasetAlias(std::string_view source) {
  const auto rest = After(source, "fluid://");
  if (!rest) {
    return std::nullopt;
  }
  const std::size_t slash = rest->find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view dataset = rest->substr(slash + 1);
  return DatasetKey(
      fmt::format("{}-{}", rest->substr(0, slash), dataset.substr(0, dataset.find('/'))));
}

}  // namespace

Source Fluid() {
  return {.name = "fluid", .kind = "Node", .read_node = &ReadFluidLabels, .alias = &DatasetAlias};
}

}  // namespace berth::inventory
