// Annotations that tenants and operators can edit: the record of a placement and the override of a
// node's devices. The input's first line is berth.dev/devices, the rest is the JSON of the others.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "berth/base/check.h"
#include "berth/device/read.h"

namespace berth::device {
namespace {

constexpr std::string_view kUid = "8f0c";
constexpr std::string_view kNode = "gpu-a-1";

// A node is described wholly and within limits, or refused with a reason.
cluster::NodeFacts ReadOverridden(std::string json, const ClassTable& classes) {
  kube::NodeObject node;
  node.name = kNode;
  node.labels.emplace_back(kSharingLabel, "native");
  node.annotations.emplace_back(kDeviceOverride, std::move(json));
  cluster::NodeFacts facts = ReadNode(node, classes);
  if (facts.mode != cluster::NodeMode::kShared) {
    BERTH_CHECK(facts.mode == cluster::NodeMode::kInvalid);
    BERTH_CHECK(!facts.problem.empty() && facts.devices.empty() && facts.product.empty());
    return facts;
  }
  BERTH_CHECK(facts.problem.empty() && !facts.devices.empty());
  BERTH_CHECK(facts.devices.size() <= cluster::kMaxDevices);
  for (const cluster::Device& device : facts.devices) {
    BERTH_CHECK(device.memory > MiB(0) && device.memory <= cluster::kMaxDeviceMemory);
  }
  return facts;
}

// Each device of a described node can be put on record and is found again.
void WriteAndReadEach(const cluster::NodeFacts& node, const ClassTable& classes) {
  for (int device = 0; device < static_cast<int>(node.devices.size()); ++device) {
    const cluster::PodRequest request{.uid = std::string(kUid),
                                      .demand = {.share = cluster::DeviceShare{.memory = 1_GiB}}};
    cluster::DeviceSet devices;
    devices.Add(device);
    kube::PodObject pod;
    pod.uid = kUid;
    pod.node_name = kNode;
    pod.annotations = WriteRecord(request, node, devices, classes);
    const auto record = ReadRecord(pod);
    BERTH_CHECK(record.ok());
    const auto resolved = ResolveRecord(record->devices, node, request.demand);
    BERTH_CHECK(resolved.ok() && *resolved == devices);
  }
}

void ReadForged(std::string devices, std::string allocation, const cluster::NodeFacts& node) {
  kube::PodObject pod;
  pod.uid = kUid;
  pod.node_name = kNode;
  pod.annotations.emplace_back(kDevices, std::move(devices));
  pod.annotations.emplace_back(kAllocation, std::move(allocation));
  const auto record = ReadRecord(pod);
  if (!record) {
    BERTH_CHECK(!record.error().message.empty());
    return;
  }
  const std::vector<std::string>& ids = record->devices;
  BERTH_CHECK(!ids.empty() && ids.size() <= cluster::kMaxDevices);
  const auto count = static_cast<std::int32_t>(ids.size());
  const auto resolved =
      ResolveRecord(ids, node, {.share = cluster::DeviceShare{.memory = 1_GiB, .count = count}});
  if (resolved) {
    BERTH_CHECK(resolved->size() == count);
    BERTH_CHECK(resolved->bits() >> node.devices.size() == 0);
  }
}

}  // namespace
}  // namespace berth::device

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth::device;  // NOLINT(google-build-using-namespace)
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(input.find('\n'), input.size());
  const std::string devices(input.substr(0, line));
  const std::string json(input.substr(std::min(line + 1, input.size())));

  static const ClassTable kClasses = ClassTable::BuiltIn();
  const berth::cluster::NodeFacts node = ReadOverridden(json, kClasses);
  WriteAndReadEach(node, kClasses);
  ReadForged(devices, json, node);
  ReadForged(devices, json, ReadOverridden(R"({"count":16,"memoryMiB":81920})", kClasses));
  return 0;
}
