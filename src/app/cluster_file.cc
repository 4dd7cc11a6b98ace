#include "cluster_file.h"

#include <utility>

#include <fmt/format.h>

#include "berth/config/yaml.h"
#include "berth/kube/decoder.h"

namespace berth::app {

Result<ClusterFile> ParseCluster(const std::string& text, const std::string& file) {
  Result<std::string> json = config::YamlToJson(text);
  if (!json.ok()) {
    return InvalidArgument(fmt::format("{}: {}", file, json.error().message));
  }
  json->reserve(json->size() + kube::kJsonPadding);

  ClusterFile cluster;
  kube::Decoder decoder;
  const Result<kube::ListMeta> read = decoder.Objects(
      *json, [&](kube::NodeObject&& node) { cluster.nodes.push_back(std::move(node)); },
      [&](kube::PodObject&& pod) { cluster.pods.push_back(std::move(pod)); });
  if (!read.ok()) {
    return InvalidArgument(fmt::format("{}: {}", file, read.error().message));
  }
  cluster.other = read->items - cluster.nodes.size() - cluster.pods.size();

  return cluster;
}

}  // namespace berth::app
