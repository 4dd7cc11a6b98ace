// The cluster as JSON. Fields are added, never renamed or removed, within v1.
#pragma once

#include <string_view>

#include "answers.h"
#include "berth/base/result.h"
#include "berth/state/store.h"

namespace berth::server {

// GET /api/v1/nodes and /api/v1/pods: a page of items, and `continue` where more follow.
Result<Json> NodesPage(const state::Store& store, std::string_view query);
Result<Json> PodsPage(const state::Store& store, std::string_view query);

// One pod. kNotFound when it is not known.
Result<Json> OnePod(const state::Store& store, std::string_view ns, std::string_view name);

}  // namespace berth::server
