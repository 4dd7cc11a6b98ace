#include "override.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "ids.h"
#include "json.h"

namespace berth::device {
namespace {

constexpr std::size_t kMaxSize = std::size_t{16} * 1024;
constexpr std::string_view kDefaultClass = "nvidia.com/gpu";

Result<MiB> ReadMemory(const JsonObject& object) {
  BERTH_ASSIGN_OR_RETURN(const std::int64_t memory,
                         object.Integer("memoryMiB", 1, cluster::kMaxDeviceMemory.count()));
  return MiB(memory);
}

// A number as id means the index, so that a record written as an index can be told from a UUID.
Result<std::string> ReadId(const JsonObject& object, std::size_t index) {
  const std::string own_index = std::to_string(index);
  if (!object.Has("id")) {
    return own_index;
  }
  BERTH_ASSIGN_OR_RETURN(std::string id, object.Text("id"));
  if (!IsDeviceId(id) || (IsNumber(id) && id != own_index)) {
    return InvalidArgument(
        fmt::format("{}: expected a UUID or the device's own index", object.PathOf("id")));
  }
  return id;
}

Result<std::vector<cluster::Device>> ReadDevices(const JsonObject& root) {
  BERTH_ASSIGN_OR_RETURN(const std::vector<JsonObject> objects,
                         root.Objects("devices", cluster::kMaxDevices));
  std::vector<cluster::Device> devices;
  for (const JsonObject& object : objects) {
    BERTH_RETURN_IF_ERROR(object.Only({"id", "memoryMiB", "healthy"}));
    BERTH_ASSIGN_OR_RETURN(std::string id, ReadId(object, devices.size()));
    BERTH_ASSIGN_OR_RETURN(const MiB memory, ReadMemory(object));
    bool healthy = true;
    if (object.Has("healthy")) {
      BERTH_ASSIGN_OR_RETURN(healthy, object.Flag("healthy"));
    }
    if (std::ranges::find(devices, id, &cluster::Device::id) != devices.end()) {
      return InvalidArgument(fmt::format("{}: another device has it", object.PathOf("id")));
    }
    devices.push_back({.id = std::move(id), .memory = memory, .healthy = healthy});
  }
  return devices;
}

Result<std::vector<cluster::Device>> ReadAlike(const JsonObject& root) {
  BERTH_ASSIGN_OR_RETURN(const std::int64_t count, root.Integer("count", 1, cluster::kMaxDevices));
  BERTH_ASSIGN_OR_RETURN(const MiB memory, ReadMemory(root));
  std::vector<cluster::Device> devices;
  devices.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    devices.push_back({.id = std::to_string(i), .memory = memory});
  }
  return devices;
}

}  // namespace

Result<DeviceOverride> ParseOverride(std::string_view json, const ClassTable& classes) {
  BERTH_ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json, kMaxSize));
  const JsonObject root = document.root();
  const bool listed = root.Has("devices");
  BERTH_RETURN_IF_ERROR(listed ? root.Only({"product", "class", "devices"})
                               : root.Only({"product", "class", "count", "memoryMiB"}));
  DeviceOverride result;
  if (root.Has("product")) {
    BERTH_ASSIGN_OR_RETURN(result.product, root.Text("product"));
  }
  std::string resource(kDefaultClass);
  if (root.Has("class")) {
    BERTH_ASSIGN_OR_RETURN(resource, root.Text("class"));
  }
  const auto device_class = classes.Find(resource);
  if (!device_class) {
    return InvalidArgument(fmt::format("class: '{}' is no known device class", resource));
  }
  result.device_class = *device_class;
  BERTH_ASSIGN_OR_RETURN(result.devices, listed ? ReadDevices(root) : ReadAlike(root));
  return result;
}

}  // namespace berth::device
