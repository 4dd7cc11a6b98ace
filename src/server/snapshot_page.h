// The cluster as a file that `berth plan`, `berth simulate` and `berth serve --cluster` read.
#pragma once

#include <string>

#include "berth/base/result.h"
#include "berth/state/store.h"

namespace berth::server {

// A v1 List of the nodes and pods of one moment, one object a line. kUnavailable: they have not all
// been listed yet.
Result<std::string> SnapshotPage(const state::Store& store);

}  // namespace berth::server
