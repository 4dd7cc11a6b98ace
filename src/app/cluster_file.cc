#include "cluster_file.h"

#include <utility>

#include <fmt/format.h>

#include "berth/config/yaml.h"
#include "berth/device/read.h"
#include "berth/inventory/source.h"
#include "berth/kube/decoder.h"
#include "file.h"

namespace berth::app {

Result<ClusterFile> ParseCluster(const std::string& text, const std::string& file) {
  Result<std::string> json = config::YamlToJson(text);
  if (!json.ok()) {
    return InvalidArgument(fmt::format("{}:{}", file, json.error().message));
  }
  json->reserve(json->size() + kube::kJsonPadding);

  ClusterFile cluster;
  kube::Decoder decoder({.images = true, .constraints = true, .created = true});
  const Result<kube::ListMeta> read = decoder.Objects(
      *json, [&](kube::NodeObject&& node) { cluster.nodes.push_back(std::move(node)); },
      [&](kube::PodObject&& pod) { cluster.pods.push_back(std::move(pod)); },
      [&](std::string_view kind, kube::RawObject&& object) {
        if (inventory::FindSource(kind) != nullptr) {
          ClusterObject& kept = cluster.objects.emplace_back();
          kept.kind = kind;
          kept.ns = std::move(object.ns);
          kept.name = std::move(object.name);
          kept.json.reserve(object.json.size() + kube::kJsonPadding);
          kept.json = object.json;
        }
      });
  if (!read.ok()) {
    return InvalidArgument(fmt::format("{}: {}", file, read.error().message));
  }
  cluster.is_snapshot = kube::Find(read->annotations, device::kSnapshot) != nullptr;
  cluster.other = read->items - cluster.nodes.size() - cluster.pods.size() - cluster.objects.size();

  return cluster;
}

Result<ClusterFile> ReadCluster(const std::string& path) {
  BERTH_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return ParseCluster(text, path);
}

}  // namespace berth::app
