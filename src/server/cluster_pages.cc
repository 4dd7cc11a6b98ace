#include "cluster_pages.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "berth/cluster/node.h"
#include "berth/device/classes.h"
#include "query.h"

namespace berth::server {
namespace {

using cluster::NodeFacts;
using cluster::NodeMode;
using state::NodeView;
using state::PodView;

std::string_view ModeName(NodeMode mode) {
  switch (mode) {
    case NodeMode::kAbsent:
      return "absent";
    case NodeMode::kNone:
      return "none";
    case NodeMode::kWhole:
      return "whole";
    case NodeMode::kShared:
      return "shared";
    case NodeMode::kMixed:
      return "mixed";
    case NodeMode::kInvalid:
      return "invalid";
    case NodeMode::kForeign:
      break;
  }
  return "foreign";
}

std::string_view StateName(state::AllocationState state) {
  switch (state) {
    case state::AllocationState::kPending:
      return "pending";
    case state::AllocationState::kAssumed:
      return "assumed";
    case state::AllocationState::kBound:
      break;
  }
  return "bound";
}

Json PodIdentity(const PodView& pod) {
  return {{"namespace", pod.request.ns}, {"name", pod.request.name}, {"uid", pod.request.uid}};
}

void AddState(Json& allocation, const PodView& pod) {
  allocation["state"] = StateName(pod.state);
  if (pod.doubtful) {
    allocation["doubtful"] = true;
  }
  if (pod.by_others) {
    allocation["placedByOthers"] = true;
  }
}

// --- Nodes.

// A doubtful pod is on every device where it could be.
bool IsOn(const PodView& pod, const cluster::Device& device, int index) {
  return pod.doubtful ? device.memory >= pod.request.demand.share->memory : pod.devices.Has(index);
}

// Two decimals: finer is noise.
double Load(float load) { return std::round(load * 100.0) / 100.0; }

Json SharedDevice(const NodeView& node, int index, const device::ClassTable& classes,
                  const cluster::NodeLoad* told) {
  const NodeFacts& facts = *node.facts;
  const cluster::Device& device = facts.devices[static_cast<std::size_t>(index)];
  MiB memory;
  Percent cores;
  Json allocations = Json::array();
  for (const PodView& pod : node.pods) {
    const auto& share = pod.request.demand.share;
    if (!share || !IsOn(pod, device, index)) {
      continue;
    }
    const MiB taken = share->exclusive() ? device.memory : share->memory;
    memory += taken;
    cores += share->cores;
    Json allocation = PodIdentity(pod);
    allocation["memoryMiB"] = taken.count();
    allocation["coresPercent"] = share->cores.count();
    AddState(allocation, pod);
    allocations.push_back(std::move(allocation));
  }
  Json item = {{"id", device.id},
               {"index", index},
               {"class", classes[facts.device_class].resource},
               {"product", facts.product},
               {"healthy", device.healthy},
               {"memoryMiB", device.memory.count()},
               {"allocatedMemoryMiB", memory.count()},
               {"coresPercent", 100},
               {"allocatedCoresPercent", cores.count()},
               {"allocations", std::move(allocations)}};
  if (told != nullptr) {
    item["load"] = Load(told->load[static_cast<std::size_t>(index)]);
  }
  return item;
}

void AddSharedDevices(Json& item, const NodeView& node, const device::ClassTable& classes,
                      const cluster::NodeLoad* told) {
  Json devices = Json::array();
  for (int i = 0; i < static_cast<int>(node.facts->devices.size()); ++i) {
    devices.push_back(SharedDevice(node, i, classes, told));
  }
  item["devices"] = std::move(devices);
}

std::int64_t Wanted(const PodView& pod, cluster::ClassId device_class) {
  std::int64_t count = 0;
  for (const cluster::WholeDevices& whole : pod.request.demand.whole) {
    count += whole.device_class == device_class ? whole.count : 0;
  }
  return count;
}

// Of one class on a node: how many there are, and who has them.
Json WholeClass(const NodeView& node, const cluster::WholeDevices& owned,
                const device::ClassTable& classes) {
  std::int64_t allocated = 0;
  Json allocations = Json::array();
  for (const PodView& pod : node.pods) {
    const std::int64_t count = Wanted(pod, owned.device_class);
    if (count == 0) {
      continue;
    }
    allocated += count;
    Json allocation = PodIdentity(pod);
    allocation["devices"] = count;
    AddState(allocation, pod);
    allocations.push_back(std::move(allocation));
  }
  Json item = {{"class", classes[owned.device_class].resource}};
  item["product"] = node.facts->product;
  item["capacity"] = owned.count;
  item["allocated"] = allocated;
  item["allocations"] = std::move(allocations);
  return item;
}

// The first class stands at the node itself; where there are several (partitions, say), all stand
// in `classes` too.
void AddWholeDevices(Json& item, const NodeView& node, const device::ClassTable& classes) {
  Json all = Json::array();
  for (const cluster::WholeDevices& owned : node.facts->whole) {
    all.push_back(WholeClass(node, owned, classes));
  }
  if (!all.empty()) {
    item.update(all.front());
  }
  if (node.facts->whole_memory > MiB(0)) {
    item["memoryMiB"] = node.facts->whole_memory.count();
  }
  if (all.size() > 1) {
    item["classes"] = std::move(all);
  }
}

// nullptr: nobody collects telemetry.
const cluster::NodeLoad* LoadOf(const cluster::Snapshot& snapshot, std::string_view node) {
  const auto& loads = snapshot.outlook().loads;
  const auto index = snapshot.Find(node);
  return loads != nullptr && index && *index < loads->nodes.size() ? &loads->nodes[*index]
                                                                   : nullptr;
}

Json NodeItem(const NodeView& node, const device::ClassTable& classes,
              const cluster::Snapshot& snapshot) {
  const NodeFacts& facts = *node.facts;
  const cluster::NodeLoad* told = LoadOf(snapshot, facts.name);
  Json item = {{"name", facts.name}, {"mode", ModeName(facts.mode)}};
  if (facts.mode == NodeMode::kShared) {
    AddSharedDevices(item, node, classes, told);
  } else if (facts.mode == NodeMode::kWhole) {
    AddWholeDevices(item, node, classes);
  }
  if (told != nullptr && (facts.mode == NodeMode::kShared || facts.mode == NodeMode::kWhole)) {
    item["loadMeasured"] = Load(told->confidence);
  }
  if (!facts.problem.empty()) {
    item["problem"] = facts.problem;
  }
  if (!facts.zone.empty()) {
    item["zone"] = facts.zone;
  }
  if (!facts.rack.empty()) {
    item["rack"] = facts.rack;
  }
  item["ready"] = facts.ready;
  item["unschedulable"] = facts.unschedulable;
  item["overcommittedDevices"] = node.row.overcommitted;
  return item;
}

// --- Pods.

Json Request(const cluster::DeviceDemand& demand, const device::ClassTable& classes) {
  Json request = Json::object();
  if (demand.share) {
    request["memoryMiB"] = demand.share->memory.count();
    request["coresPercent"] = demand.share->cores.count();
    request["count"] = demand.share->count;
  }
  for (const cluster::WholeDevices& whole : demand.whole) {
    request["whole"][classes[whole.device_class].resource] = whole.count;
  }
  return request;
}

// Ids of the devices that Berth chose; empty where the kubelet picks.
Json DeviceIds(const PodView& pod, const cluster::Snapshot& snapshot) {
  Json ids = Json::array();
  const auto index = snapshot.Find(pod.node);
  const NodeFacts* facts = index ? snapshot.facts(*index) : nullptr;
  pod.devices.ForEach([&ids, facts](int device) {
    const auto at = static_cast<std::size_t>(device);
    ids.push_back(facts != nullptr && at < facts->devices.size() ? facts->devices[at].id
                                                                 : std::to_string(device));
  });
  return ids;
}

Json PodItem(const PodView& pod, const cluster::Snapshot& snapshot,
             const device::ClassTable& classes) {
  Json item = PodIdentity(pod);
  AddState(item, pod);
  if (!pod.node.empty()) {
    item["node"] = pod.node;
  }
  item["request"] = Request(pod.request.demand, classes);
  if (!pod.request.model.empty()) {
    item["model"] = pod.request.model;
  }
  if (!pod.request.data.empty()) {
    item["data"] = pod.request.data;
  }
  if (!pod.variant.empty()) {
    item["variant"] = pod.variant;
  }
  if (!pod.devices.empty()) {
    item["devices"] = DeviceIds(pod, snapshot);
  }
  return item;
}

// The token of a list of pods is "namespace/name/uid": none of them may hold a slash.
std::string KeyText(const PodView& pod) {
  return pod.request.ns + "/" + pod.request.name + "/" + pod.request.uid;
}

Result<state::PodKey> ParseKey(std::string_view text) {
  if (text.empty()) {
    return state::PodKey{};
  }
  const std::size_t first = text.find('/');
  const std::size_t second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (second == std::string_view::npos) {
    return InvalidArgument("continue: not a token that an earlier answer gave");
  }
  return state::PodKey{.ns = text.substr(0, first),
                       .name = text.substr(first + 1, second - first - 1),
                       .uid = text.substr(second + 1)};
}

}  // namespace

Result<Json> NodesPage(const state::Store& store, std::string_view query) {
  BERTH_ASSIGN_OR_RETURN(const PageRequest page, ParsePage(query));
  // One more than asked for tells whether more follow.
  const std::vector<NodeView> nodes = store.Nodes(page.after, page.limit + 1);
  const std::size_t shown = std::min(nodes.size(), page.limit);
  const cluster::SnapshotPtr snapshot = store.snapshot();
  Json items = Json::array();
  for (std::size_t i = 0; i < shown; ++i) {
    items.push_back(NodeItem(nodes[i], store.classes(), *snapshot));
  }
  Json answer = {{"items", std::move(items)}};
  if (nodes.size() > shown) {
    answer["continue"] = ContinueToken(nodes[shown - 1].facts->name);
  }
  return answer;
}

Result<Json> PodsPage(const state::Store& store, std::string_view query) {
  BERTH_ASSIGN_OR_RETURN(const PageRequest page, ParsePage(query));
  BERTH_ASSIGN_OR_RETURN(const state::PodKey after, ParseKey(page.after));
  const cluster::SnapshotPtr snapshot = store.snapshot();
  const std::vector<PodView> pods = store.Pods(after, page.limit + 1);
  const std::size_t shown = std::min(pods.size(), page.limit);
  Json items = Json::array();
  for (std::size_t i = 0; i < shown; ++i) {
    items.push_back(PodItem(pods[i], *snapshot, store.classes()));
  }
  Json answer = {{"items", std::move(items)}};
  if (pods.size() > shown) {
    answer["continue"] = ContinueToken(KeyText(pods[shown - 1]));
  }
  return answer;
}

Result<Json> OnePod(const state::Store& store, std::string_view ns, std::string_view name) {
  const auto pod = store.FindPod(ns, name);
  if (!pod) {
    return Error{ErrorCode::kNotFound,
                 "pod " + std::string(ns) + "/" + std::string(name) + " is not known"};
  }
  return PodItem(*pod, *store.snapshot(), store.classes());
}

}  // namespace berth::server
