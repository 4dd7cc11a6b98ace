// What of a changed configuration counts while Berth runs.
#pragma once

#include <string>
#include <vector>

#include "berth/config/configuration.h"

namespace berth::config {

struct Reload {
  Configuration configuration;       // the one in use with all that may change
  std::vector<std::string> waiting;  // for a restart: "scheduler.listen", "nodeClasses"
};

// The settings that docs/configuration.md marks may change; of profiles only while these are the
// same ones, for the same pods.
Reload PlanReload(const Configuration& in_use, const Configuration& wanted);

}  // namespace berth::config
