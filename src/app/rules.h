// What the configuration says of nodes, pods and decisions, in the terms of the rooms that follow
// it.
#pragma once

#include <vector>

#include "berth/base/result.h"
#include "berth/config/configuration.h"
#include "berth/core/policy.h"
#include "berth/device/classes.h"
#include "berth/state/store.h"

namespace berth::app {

// The default first, then the configuration's, in its order.
std::vector<core::Profile> Profiles(const config::Configuration& configuration);

// `configuration` outlives them.
state::Rules RulesOf(const config::Configuration& configuration);

// An Error names a resource that is none of `classes`.
Result<state::TypicalPods> TypicalPodsOf(const config::Configuration& configuration,
                                         const device::ClassTable& classes);

// The built-in classes and the configuration's own.
Result<device::ClassTable> ClassesOf(const config::Configuration& configuration);

}  // namespace berth::app
