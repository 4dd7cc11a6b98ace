// ConfigMap berth-models-<node> with the label berth.dev/model-inventory=true, in Berth's own
// namespace: the key inventory.json has the status of a NodeModelInventory. Where the node's name
// is too long for that, the annotation berth.dev/node has it.
#include <fmt/format.h>

#include <string>

#include "registry.h"
#include "status.h"
#include "text.h"

namespace berth::inventory {
namespace {

constexpr std::string_view kLabel = "berth.dev/model-inventory";
constexpr std::string_view kNodeAnnotation = "berth.dev/node";
constexpr std::string_view kNamePrefix = "berth-models-";
constexpr std::string_view kDataKey = "inventory.json";

struct Parts {
  std::string label;
  std::string node;
  std::string inventory;
};

bool Decode(kube::Cursor& json, Parts& parts) {
  using kube::Keys;
  const auto pick = [&](Keys keys, std::string_view wanted, std::string& out) {
    return json.Fields(keys, [&, wanted](std::string_view key) {
      return key == wanted ? json.String(out) : json.Skip();
    });
  };
  return json.Fields(Keys::kFields, [&](std::string_view key) {
    if (key == "data") {
      return pick(Keys::kMap, kDataKey, parts.inventory);
    }
    if (key != "metadata") {
      return json.Skip();
    }
    return json.Fields(Keys::kFields, [&](std::string_view field) {
      if (field == "labels") {
        return pick(Keys::kMap, kLabel, parts.label);
      }
      return field == "annotations" ? pick(Keys::kMap, kNodeAnnotation, parts.node) : json.Skip();
    });
  });
}

Reading ReadConfigMap(kube::Cursor& json, const kube::RawObject& object) {
  Reading reading;
  Parts parts;
  if (!json.Open(object.json) || !Decode(json, parts)) {
    reading.problems.push_back(FailureText(json));
    return reading;
  }
  if (parts.label != "true") {
    return reading;  // somebody else's
  }
  const auto named = After(object.name, kNamePrefix);
  reading.node = parts.node.empty() ? std::string(named.value_or("")) : parts.node;
  if (reading.node.empty()) {
    reading.problems.push_back(fmt::format("metadata.name: expected {}<node>, or the annotation {}",
                                           kNamePrefix, kNodeAnnotation));
    return reading;
  }
  if (parts.inventory.empty()) {
    reading.problems.push_back(fmt::format("data[{}]: missing", kDataKey));
    return reading;
  }
  ReadStatusText(parts.inventory, reading);
  for (std::string& problem : reading.problems) {
    problem = fmt::format("data[{}]: {}", kDataKey, problem);
  }
  return reading;
}

}  // namespace

Source ConfigMaps() {
  return {.name = "config-maps",
          .kind = "ConfigMap",
          .path = "/api/v1/namespaces/{namespace}/configmaps",
          .selector = "berth.dev/model-inventory=true",
          .read_object = &ReadConfigMap};
}

}  // namespace berth::inventory
