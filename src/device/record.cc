// The record of a placement: written into the Binding, read back from the bound pod.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/check.h"
#include "berth/base/json_text.h"
#include "berth/device/read.h"
#include "ids.h"
#include "json.h"

namespace berth::device {
namespace {

using cluster::DeviceSet;
using cluster::NodeFacts;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxSize = std::size_t{16} * 1024;
constexpr std::int64_t kAnyAmount = std::numeric_limits<std::int64_t>::max();

Error Malformed(std::string_view annotation, std::string_view what) {
  return InvalidArgument(fmt::format("annotation {}: {}", annotation, what));
}

struct Allocation {
  std::string uid;
  std::string node;
  std::string model;  // "llama-3-8b@int8"
  Record record;
};

// Fields that we do not know are a later version's; those that we know must be what they should.
// Where the pod's spec states amounts, it is what counts.
Result<Allocation> ParseRecord(const JsonObject& root) {
  Allocation record;
  BERTH_RETURN_IF_ERROR(root.Integer("v", kVersion, kVersion));
  BERTH_ASSIGN_OR_RETURN(record.uid, root.Text("uid"));
  BERTH_ASSIGN_OR_RETURN(record.node, root.Text("node"));
  if (root.Has("model")) {
    BERTH_ASSIGN_OR_RETURN(record.model, root.Text("model"));
    record.record.variant = record.model.substr(record.model.find('@') + 1);
    if (root.Has("modelVersion")) {
      BERTH_ASSIGN_OR_RETURN(record.record.model_version, root.Text("modelVersion"));
    }
  }
  if (root.Has("devices") == root.Has("whole")) {
    return InvalidArgument("expected either devices or whole");
  }
  if (root.Has("whole")) {
    BERTH_ASSIGN_OR_RETURN(const JsonObject whole, root.Object("whole"));
    for (const std::string& resource : whole.Keys()) {
      BERTH_RETURN_IF_ERROR(whole.Integer(resource, 1, kAnyAmount));
    }
    return record;
  }
  BERTH_ASSIGN_OR_RETURN(record.record.devices, root.Texts("devices", cluster::kMaxDevices));
  BERTH_ASSIGN_OR_RETURN(const std::int64_t memory, root.Integer("memoryMiB", 0, kAnyAmount));
  BERTH_ASSIGN_OR_RETURN(const std::int64_t cores, root.Integer("cores", 0, kAnyAmount));
  record.record.share = {.memory = std::min(MiB(memory), cluster::kMaxDeviceMemory),
                         .cores = Percent(std::min<std::int64_t>(cores, 100)),
                         .count = static_cast<std::int32_t>(record.record.devices.size())};
  return record;
}

std::optional<int> FindDevice(const NodeFacts& node, std::string_view id) {
  const auto named = std::ranges::find(node.devices, id, &cluster::Device::id);
  if (named != node.devices.end()) {
    return static_cast<int>(named - node.devices.begin());
  }
  // Written before the node's UUIDs were known. No UUID is a number, so this is never another's.
  int index = 0;
  const char* begin = id.data();
  const char* end = begin + id.size();
  const auto [stop, error] = std::from_chars(begin, end, index);
  if (error != std::errc{} || stop != end || index < 0 ||
      index >= static_cast<int>(node.devices.size()) || std::to_string(index) != id) {
    return std::nullopt;
  }
  return index;
}

void AppendText(std::string& out, std::string_view key, std::string_view value) {
  out += fmt::format(",\"{}\":", key);
  AppendJsonString(value, out);
}

void AppendShare(std::string& out, const std::vector<std::string>& ids,
                 const cluster::DeviceShare& share) {
  out += ",\"devices\":[";
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) {
      out += ',';
    }
    AppendJsonString(ids[i], out);
  }
  out += fmt::format("],\"memoryMiB\":{},\"cores\":{}", share.memory.count(), share.cores.count());
}

void AppendWhole(std::string& out, const std::vector<cluster::WholeDevices>& whole,
                 const ClassTable& classes) {
  out += ",\"whole\":{";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i > 0) {
      out += ',';
    }
    AppendJsonString(classes[whole[i].device_class].resource, out);
    out += fmt::format(":{}", whole[i].count);
  }
  out += '}';
}

}  // namespace

Result<Record> ReadRecord(const kube::PodObject& pod) {
  const std::string* allocation = kube::Find(pod.annotations, kAllocation);
  const std::string* devices = kube::Find(pod.annotations, kDevices);
  if (allocation == nullptr) {
    return devices == nullptr
               ? Error{ErrorCode::kNotFound, "no record"}
               : Malformed(kDevices, fmt::format("there is no {} beside it", kAllocation));
  }
  const auto document = JsonDocument::Parse(*allocation, kMaxSize);
  if (!document) {
    return Malformed(kAllocation, document.error().message);
  }
  auto record = ParseRecord(document->root());
  if (!record) {
    return Malformed(kAllocation, record.error().message);
  }
  if (record->uid != pod.uid) {
    return Malformed(kAllocation, "uid: written for another pod");
  }
  if (record->node != pod.node_name) {
    return Malformed(kAllocation, "node: written for another node");
  }
  const std::vector<std::string>& ids = record->record.devices;
  if (!std::ranges::all_of(ids, IsDeviceId)) {
    return Malformed(kAllocation, "devices: expected UUIDs or indices");
  }
  const bool agree = devices == nullptr ? ids.empty() : !ids.empty() && *devices == JoinIds(ids);
  if (!agree) {
    return Malformed(kDevices, fmt::format("differs from {}", kAllocation));
  }
  const std::string* variant = kube::Find(pod.annotations, kModelVariant);
  if (!record->model.empty() && (variant == nullptr || *variant != record->record.variant)) {
    return Malformed(kModelVariant, fmt::format("differs from {}", kAllocation));
  }
  return std::move(record->record);
}

cluster::DeviceDemand DemandOnRecord(const cluster::PodRequest& pod, const Record* record,
                                     const cluster::Catalog* catalog) {
  if (record == nullptr || record->devices.empty()) {
    return {.share = cluster::DeviceShare{.cores = Percent(100),
                                          .count = std::max(pod.model_devices, 1)}};
  }
  cluster::DeviceShare share = record->share;
  const cluster::Model* model = catalog != nullptr ? catalog->Find(pod.model) : nullptr;
  const cluster::ModelVariant* variant =
      model != nullptr ? cluster::FindVariant(*model, record->variant) : nullptr;
  if (variant != nullptr) {
    share.memory = std::max(share.memory, variant->memory);
    share.cores = std::max(share.cores, variant->cores);
  }
  return {.share = share};
}

Result<DeviceSet> ResolveRecord(const std::vector<std::string>& ids, const NodeFacts& node,
                                const cluster::DeviceDemand& demand) {
  const std::size_t wanted =
      demand.share ? static_cast<std::size_t>(demand.share->count) : std::size_t{0};
  if (ids.size() != wanted) {
    return InvalidArgument(
        fmt::format("{} devices on record, the pod asks for {}", ids.size(), wanted));
  }
  DeviceSet devices;
  for (const std::string& id : ids) {
    const auto device = FindDevice(node, id);
    if (!device) {
      return InvalidArgument(fmt::format("node {} has no device '{}'", node.name, id));
    }
    if (devices.Has(*device)) {
      return InvalidArgument(fmt::format("device '{}' is on record twice", id));
    }
    devices.Add(*device);
  }
  return devices;
}

kube::StringMap WriteRecord(const cluster::PodRequest& pod, const NodeFacts& node,
                            DeviceSet devices, const ClassTable& classes,
                            const std::optional<ModelChoice>& choice) {
  if (pod.demand.empty()) {
    return {};
  }
  kube::StringMap annotations;
  std::string record = fmt::format("{{\"v\":{}", kVersion);
  AppendText(record, "uid", pod.uid);
  AppendText(record, "node", node.name);
  if (pod.demand.share) {
    std::vector<std::string> ids;
    devices.ForEach([&](int device) {
      BERTH_CHECK(static_cast<std::size_t>(device) < node.devices.size());
      ids.push_back(node.devices[static_cast<std::size_t>(device)].id);
    });
    AppendShare(record, ids, *pod.demand.share);
    annotations.emplace_back(kDevices, JoinIds(ids));
  } else {
    AppendWhole(record, pod.demand.whole, classes);
  }
  if (choice) {
    AppendText(record, "model", fmt::format("{}@{}", choice->model, choice->variant));
    if (!choice->version.empty()) {
      AppendText(record, "modelVersion", choice->version);
    }
    annotations.emplace_back(kModelVariant, choice->variant);
  }
  record += '}';
  annotations.emplace_back(kAllocation, std::move(record));
  return annotations;
}

}  // namespace berth::device
