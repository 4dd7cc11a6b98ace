// Node annotation berth.dev/model-inventory: the status of a NodeModelInventory as text.
#include <fmt/format.h>

#include "registry.h"
#include "status.h"

namespace berth::inventory {
namespace {

Reading ReadNodeAnnotation(const kube::NodeObject& node) {
  constexpr std::string_view kAnnotation = "berth.dev/model-inventory";
  Reading reading{.node = node.name};
  if (const std::string* text = kube::Find(node.annotations, kAnnotation)) {
    ReadStatusText(*text, reading);
    for (std::string& problem : reading.problems) {
      problem = fmt::format("annotation {}: {}", kAnnotation, problem);
    }
  }
  return reading;
}

}  // namespace

Source NodeAnnotation() {
  return {.name = "node-annotation", .kind = "Node", .read_node = &ReadNodeAnnotation};
}

}  // namespace berth::inventory
