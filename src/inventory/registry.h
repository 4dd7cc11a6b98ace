// Every source, in the order in which people see them. Each is a function that gives its row, in a
// file of its own; a new one is a line here.
#pragma once

#include "berth/inventory/source.h"

// clang-format off
#define BERTH_INVENTORY_SOURCES(row) \
  row(NodeLabels) \
  row(NodeAnnotation) \
  row(NodeImages) \
  row(Fluid) \
  row(ConfigMaps) \
  row(NodeModelInventories) \
  row(LocalModelNodes) \
  row(LocalModelCaches) \
  row(PersistentVolumes) \
  row(ServingPods)
// clang-format on

namespace berth::inventory {

#define BERTH_DECLARE_SOURCE(name) Source name();
BERTH_INVENTORY_SOURCES(BERTH_DECLARE_SOURCE)
#undef BERTH_DECLARE_SOURCE

}  // namespace berth::inventory
