// Node annotation berth.dev/model-inventory: the status of a NodeModelInventory as text.
#include <fmt/format.h>

#include "readers.h"
#include "status.h"

namespace berth::inventory {

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

}  // namespace berth::inventory
