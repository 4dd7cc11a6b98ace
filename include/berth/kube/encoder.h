// objects.h -> JSON, as far as a snapshot of the cluster needs it: what a decision looks at, read
// back by Decoder to the same. Not: resource versions, images, ports, taints but PreferNoSchedule,
// constraints, the status of pods.
#pragma once

#include <string>

#include "berth/kube/objects.h"

namespace berth::kube {

std::string EncodeNode(const NodeObject& node);
std::string EncodePod(const PodObject& pod);

}  // namespace berth::kube
