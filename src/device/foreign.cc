#include "foreign.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <string_view>

namespace berth::device {
namespace {

struct Mark {
  std::string_view owner;
  std::string_view prefix;
  std::string_view suffix;

  bool Fits(std::string_view name) const {
    return name.size() >= prefix.size() + suffix.size() && name.starts_with(prefix) &&
           name.ends_with(suffix);
  }
};

// A device plugin registers the node's devices here.
constexpr Mark kAnnotations[] = {
    {"HAMi", "hami.io/node-", "-register"},
    {"HAMi", "hami.io/node-register-", ""},
    {"Volcano", "volcano.sh/node-", "-register"},
};

// Capacity of these is counted out by their own scheduler.
constexpr Mark kResources[] = {
    {"gpushare", "aliyun.com/gpu-mem", ""},
    {"Volcano", "volcano.sh/vgpu-", ""},
    {"Koordinator", "koordinator.sh/gpu", ""},
};

const Mark* FindMark(std::span<const Mark> marks, std::string_view name) {
  const auto at = std::ranges::find_if(marks, [name](const Mark& mark) { return mark.Fits(name); });
  return at == marks.end() ? nullptr : &*at;
}

std::string Tell(std::string_view what, std::string_view name, std::string_view owner) {
  return fmt::format("{} {}: {} hands out the node's devices", what, name, owner);
}

}  // namespace

std::optional<std::string> ForeignProtocol(const kube::NodeObject& node) {
  for (const auto& [key, value] : node.annotations) {
    if (const Mark* mark = FindMark(kAnnotations, key)) {
      return Tell("annotation", key, mark->owner);
    }
  }
  for (const auto& [resource, amount] : node.capacity.extended) {
    if (const Mark* mark = amount > 0 ? FindMark(kResources, resource) : nullptr) {
      return Tell("capacity", resource, mark->owner);
    }
  }
  return std::nullopt;
}

bool IsForeignAnnotation(std::string_view key) { return FindMark(kAnnotations, key) != nullptr; }

bool IsForeignResource(std::string_view name) { return FindMark(kResources, name) != nullptr; }

}  // namespace berth::device
