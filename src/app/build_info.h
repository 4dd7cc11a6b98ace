// What this binary is.
#pragma once

#include "berth/observe/metrics.h"

namespace berth::app {

observe::BuildInfo ThisBuild();

}  // namespace berth::app
