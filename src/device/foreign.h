// Nodes whose devices another scheduler hands out by a protocol of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "berth/kube/objects.h"

namespace berth::device {

// What shows it, for people: "annotation hami.io/node-nvidia-register: HAMi hands out ...".
std::optional<std::string> ForeignProtocol(const kube::NodeObject& node);

// Whether a node that carries it, or has capacity of it, is such a node.
bool IsForeignAnnotation(std::string_view key);
bool IsForeignResource(std::string_view name);

}  // namespace berth::device
