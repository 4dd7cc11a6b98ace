#include "berth/device/classes.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "builtin_classes.h"

namespace berth::device {
namespace {

static_assert(kMaxTableSize - 1 <= std::numeric_limits<cluster::ClassId>::max());

constexpr std::string_view kOwnDomain = "berth.dev/";

bool IsExtended(std::string_view resource) {
  const std::size_t slash = resource.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < resource.size();
}

}  // namespace

ClassTable::ClassTable(std::vector<DeviceClass> classes)
    : classes_(std::move(classes)), by_resource_(classes_.size()) {
  std::iota(by_resource_.begin(), by_resource_.end(), cluster::ClassId{0});
  std::ranges::sort(by_resource_, {},
                    [&](cluster::ClassId id) -> std::string_view { return classes_[id].resource; });
  for (const DeviceClass& kind : classes_) {
    for (const std::string* label :
         {&kind.product_label, &kind.memory_label, &kind.count_label, &kind.replicas_label}) {
      labels_.push_back(*label);
    }
  }
  std::ranges::sort(labels_);
  const auto twice = std::ranges::unique(labels_);
  labels_.erase(twice.begin(), twice.end());
}

ClassTable ClassTable::BuiltIn() { return ClassTable(BuiltInClasses()); }

Result<ClassTable> ClassTable::Create(std::vector<DeviceClass> own) {
  if (own.size() > kMaxTableSize) {
    return InvalidArgument(fmt::format("{} device classes, at most {}", own.size(), kMaxTableSize));
  }
  for (auto at = own.begin(); at != own.end(); ++at) {
    const std::string& resource = at->resource;
    if (!IsExtended(resource)) {
      return InvalidArgument(
          fmt::format("device class '{}': the resource is no domain/name", resource));
    }
    if (resource.starts_with(kOwnDomain)) {
      return InvalidArgument(fmt::format("device class '{}': {} resources are shares, not devices",
                                         resource, kOwnDomain));
    }
    if (std::ranges::find(own.begin(), at, resource, &DeviceClass::resource) != at) {
      return InvalidArgument(fmt::format("device class '{}' is there twice", resource));
    }
  }
  const std::size_t given = own.size();
  for (DeviceClass& built_in : BuiltInClasses()) {
    const auto end = own.begin() + static_cast<std::ptrdiff_t>(given);
    if (std::ranges::find(own.begin(), end, built_in.resource, &DeviceClass::resource) == end) {
      own.push_back(std::move(built_in));
    }
  }
  if (own.size() > kMaxTableSize) {
    return InvalidArgument(fmt::format("{} device classes with the built-in ones, at most {}",
                                       own.size(), kMaxTableSize));
  }
  return ClassTable(std::move(own));
}

std::optional<cluster::ClassId> ClassTable::Find(std::string_view resource) const {
  const auto name = [&](cluster::ClassId id) -> std::string_view { return classes_[id].resource; };
  const auto at = std::ranges::lower_bound(by_resource_, resource, {}, name);
  if (at == by_resource_.end() || name(*at) != resource) {
    return std::nullopt;
  }
  return *at;
}

bool ClassTable::IsLabel(std::string_view key) const {
  return !key.empty() && std::ranges::binary_search(labels_, key);
}

}  // namespace berth::device
