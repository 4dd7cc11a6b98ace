// What the decision knows -> Kubernetes objects that say so: the way back of read.h.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "berth/cluster/node.h"
#include "berth/cluster/pod.h"
#include "berth/device/classes.h"
#include "berth/kube/objects.h"

namespace berth::device {

// What ReadNode reads its facts from and they do not tell. Nodes of one kind have the same.
struct NodeWords {
  kube::StringMap labels;
  kube::StringMap annotations;  // of a foreign protocol only the keys
  std::vector<std::pair<std::string, std::int64_t>> allocatable;  // extended resources
  std::vector<std::pair<std::string, std::int64_t>> capacity;     // same

  friend auto operator<=>(const NodeWords&, const NodeWords&) = default;
};

// `more_labels` are the keys of labels that somebody else reads: of racks, of requirements.
NodeWords WordsOf(const kube::NodeObject& node, const ClassTable& classes,
                  std::span<const std::string> more_labels);

// ReadNode reads it back to `facts`, where the words are those that they were read from.
kube::NodeObject WriteNode(const cluster::NodeFacts& facts, const NodeWords& words);

// One container that asks for all. ReadPod reads it back to the same request, faults included; the
// profile and the requirements, which the configuration numbers, are left out.
kube::PodObject WritePod(const cluster::PodRequest& pod, const ClassTable& classes);

}  // namespace berth::device
