// ReadTrace: groups of nodes and pods that are alike, written out one by one.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "berth/config/trace.h"
#include "berth/sim/trace.h"

namespace berth::sim {
namespace {

// "chat" where it is the only one of its group, else "chat-0", "chat-1", ...
std::string NameOf(const std::string& group, std::string_view otherwise, std::size_t position,
                   std::int64_t count, std::int64_t index) {
  const std::string name = group.empty() ? fmt::format("{}-{}", otherwise, position) : group;
  return count == 1 ? name : fmt::format("{}-{}", name, index);
}

std::vector<TraceNode> NodesOf(const std::vector<config::TraceNodeGroup>& groups) {
  std::vector<TraceNode> nodes;
  for (std::size_t position = 0; position < groups.size(); ++position) {
    const config::TraceNodeGroup& group = groups[position];
    for (std::int64_t i = 0; i < group.count; ++i) {
      nodes.push_back({.name = NameOf(group.name, "node", position, group.count, i),
                       .cpu = group.cpu,
                       .memory = MiB(group.memory.count() / ToBytes(MiB(1)).count()),
                       .devices = static_cast<int>(group.devices),
                       .model = group.model});
    }
  }
  return nodes;
}

std::vector<TracePod> PodsOf(const std::vector<config::TracePodGroup>& groups) {
  std::vector<TracePod> pods;
  for (std::size_t position = 0; position < groups.size(); ++position) {
    const config::TracePodGroup& group = groups[position];
    const MiB memory = RoundedUp(group.memory);
    for (std::int64_t i = 0; i < group.count; ++i) {
      pods.push_back(
          {.name = NameOf(group.name, "pod", position, group.count, i),
           .cpu = group.cpu,
           .memory = memory,
           .devices = static_cast<int>(group.devices),
           .share = group.devices == 0 ? Millidevices() : Millidevices(group.share_milli),
           .models = group.models});
    }
  }
  return pods;
}

Status CheckNodes(const std::vector<TraceNode>& nodes, std::string_view file) {
  std::unordered_set<std::string_view> names;
  for (const TraceNode& node : nodes) {
    if (!names.insert(node.name).second) {
      return InvalidArgument(fmt::format("{}: nodes: '{}' comes twice", file, node.name));
    }
  }
  if (std::ranges::all_of(nodes, [](const TraceNode& node) { return node.devices == 0; })) {
    return InvalidArgument(fmt::format("{}: nodes: none has devices", file));
  }
  return {};
}

}  // namespace

Result<Trace> ReadTrace(std::string_view yaml, std::string_view file) {
  const config::ParsedTrace parsed = config::ParseTrace(yaml);
  if (!parsed.ok()) {
    return config::Refused(parsed.complaints, file);
  }
  Trace trace{.nodes = NodesOf(parsed.nodes), .pods = {.rows = PodsOf(parsed.pods)}};
  BERTH_RETURN_IF_ERROR(CheckNodes(trace.nodes, file));
  return trace;
}

}  // namespace berth::sim
