// The embedded cluster's file: Kubernetes objects in YAML or JSON.
#pragma once

#include <string>
#include <vector>

#include "berth/base/result.h"
#include "berth/kube/objects.h"

namespace berth::app {

// An object that tells where model weights are (berth/inventory/source.h), as JSON.
struct ClusterObject {
  std::string kind;
  std::string ns;
  std::string name;
  std::string json;  // kube::kJsonPadding bytes are reserved behind it
};

struct ClusterFile {
  std::vector<kube::NodeObject> nodes;
  std::vector<kube::PodObject> pods;
  std::vector<ClusterObject> objects;
  std::size_t other = 0;     // objects of other kinds, left out
  bool is_snapshot = false;  // Berth's own, without selectors, affinity and taints
};

// kInvalidArgument: no YAML, or a malformed object.
Result<ClusterFile> ParseCluster(const std::string& text, const std::string& file);

// kNotFound or kInvalidArgument: the file cannot be read.
Result<ClusterFile> ReadCluster(const std::string& path);

}  // namespace berth::app
