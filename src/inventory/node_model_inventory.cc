// NodeModelInventory (inventory.berth.dev/v1alpha1), whose name is the node's.
#include "registry.h"
#include "status.h"

namespace berth::inventory {
namespace {

Reading ReadNodeModelInventory(kube::Cursor& json, const kube::RawObject& object) {
  Reading reading{.node = object.name};
  const bool ok =
      json.Open(object.json) && json.Fields(kube::Keys::kFields, [&](std::string_view key) {
        return key == "status" ? DecodeStatus(json, reading) : json.Skip();
      });
  if (!ok) {
    reading.facts.clear();
    reading.problems.push_back(FailureText(json));
  }
  return reading;
}

}  // namespace

Source NodeModelInventories() {
  return {.name = "node-model-inventories",
          .kind = "NodeModelInventory",
          .path = "/apis/inventory.berth.dev/v1alpha1/nodemodelinventories",
          .read_object = &ReadNodeModelInventory};
}

}  // namespace berth::inventory
