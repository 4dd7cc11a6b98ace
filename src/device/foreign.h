// Nodes whose devices another scheduler hands out by a protocol of its own.
#pragma once

#include <optional>
#include <string>

#include "berth/kube/objects.h"

namespace berth::device {

// What shows it, for people: "annotation hami.io/node-nvidia-register: HAMi hands out ...".
std::optional<std::string> ForeignProtocol(const kube::NodeObject& node);

}  // namespace berth::device
