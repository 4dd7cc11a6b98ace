// The readers of all sources, for the registry. Each is told about in its own file.
#pragma once

#include <optional>
#include <string_view>

#include "berth/inventory/source.h"

namespace berth::inventory {

Reading ReadNodeLabels(const kube::NodeObject& node);
Reading ReadNodeAnnotation(const kube::NodeObject& node);
Reading ReadNodeImages(const kube::NodeObject& node);
Reading ReadFluidLabels(const kube::NodeObject& node);

Reading ReadConfigMap(kube::Cursor& json, const kube::RawObject& object);
Reading ReadNodeModelInventory(kube::Cursor& json, const kube::RawObject& object);
Reading ReadLocalModelNode(kube::Cursor& json, const kube::RawObject& object);
Reading ReadLocalModelCache(kube::Cursor& json, const kube::RawObject& object);
Reading ReadPersistentVolume(kube::Cursor& json, const kube::RawObject& object);

std::optional<ServedModel> ReadServingPod(const kube::PodObject& pod);

std::optional<SourceKey> ImageAlias(std::string_view source);
std::optional<SourceKey> DatasetAlias(std::string_view source);
std::optional<SourceKey> ClaimAlias(std::string_view source);

}  // namespace berth::inventory
