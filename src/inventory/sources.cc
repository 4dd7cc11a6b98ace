// The registry: what is read, and by whom.
#include <algorithm>
#include <array>

#include "berth/inventory/source.h"
#include "readers.h"

namespace berth::inventory {
namespace {

constexpr std::array<Source, kSourceCount> kSources = {{
    {.name = "node-labels", .kind = "Node", .read_node = &ReadNodeLabels},
    {.name = "node-annotation", .kind = "Node", .read_node = &ReadNodeAnnotation},
    {.name = "node-images", .kind = "Node", .read_node = &ReadNodeImages, .alias = &ImageAlias},
    {.name = "fluid", .kind = "Node", .read_node = &ReadFluidLabels, .alias = &DatasetAlias},
    {.name = "config-maps",
     .kind = "ConfigMap",
     .path = "/api/v1/namespaces/{namespace}/configmaps",
     .selector = "berth.dev/model-inventory=true",
     .read_object = &ReadConfigMap},
    {.name = "node-model-inventories",
     .kind = "NodeModelInventory",
     .path = "/apis/inventory.berth.dev/v1alpha1/nodemodelinventories",
     .read_object = &ReadNodeModelInventory},
    {.name = "kserve-local-model-nodes",
     .kind = "LocalModelNode",
     .path = "/apis/serving.kserve.io/v1alpha1/localmodelnodes",
     .read_object = &ReadLocalModelNode},
    {.name = "kserve-local-model-caches",
     .kind = "LocalModelCache",
     .path = "/apis/serving.kserve.io/v1alpha1/localmodelcaches",
     .read_object = &ReadLocalModelCache},
    {.name = "persistent-volumes",
     .kind = "PersistentVolume",
     .path = "/api/v1/persistentvolumes",
     .read_object = &ReadPersistentVolume,
     .alias = &ClaimAlias},
    {.name = "serving-pods", .kind = "Pod", .read_pod = &ReadServingPod},
}};

}  // namespace

std::span<const Source> Sources() { return kSources; }

const Source* FindSource(std::string_view kind) {
  const auto at = std::ranges::find_if(kSources, [&](const Source& source) {
    return source.read_object != nullptr && source.kind == kind;
  });
  return at == kSources.end() ? nullptr : &*at;
}

std::string ListPath(const Source& source, std::string_view own_namespace) {
  constexpr std::string_view kPlace = "{namespace}";
  std::string path(source.path);
  if (const std::size_t at = path.find(kPlace); at != std::string::npos) {
    path.replace(at, kPlace.size(), own_namespace);
  }
  return path;
}

}  // namespace berth::inventory
