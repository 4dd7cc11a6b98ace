// The embedded cluster's file: Node and Pod objects in YAML or JSON.
#pragma once

#include <string>
#include <vector>

#include "berth/base/result.h"
#include "berth/kube/objects.h"

namespace berth::app {

struct ClusterFile {
  std::vector<kube::NodeObject> nodes;
  std::vector<kube::PodObject> pods;
  std::size_t other = 0;  // objects of other kinds, left out
};

// kInvalidArgument: no YAML, or a malformed object.
Result<ClusterFile> ParseCluster(const std::string& text, const std::string& file);

}  // namespace berth::app
