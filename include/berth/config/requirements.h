// Which requirements of the configuration a pod has, and which a node meets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/cluster/requirements.h"
#include "berth/config/configuration.h"
#include "berth/config/profiles.h"

namespace berth::config {

// By position.
std::vector<std::string> RequirementNames(const Configuration& configuration);

// Keys of the node labels that some requirement asks for, besides the zone's.
std::vector<std::string> RequirementLabels(const Configuration& configuration);

// The node carries all the labels, and one of the zones where there are any. A label that is
// missing is not met: nobody vouches for it.
cluster::RequirementSet RequirementsMetBy(const Configuration& configuration,
                                          LabelsView node_labels);

// Those that `residency` names (berth.dev/residency: names, separated by commas; empty: the pod has
// none), that list its namespace, or whose podLabels it carries: they add up, for an owner of pods
// can ask for more, never for less. nullopt: a name that is none.
std::optional<cluster::RequirementSet> RequirementsOf(const Configuration& configuration,
                                                      std::string_view residency,
                                                      LabelsView pod_labels, std::string_view ns);

}  // namespace berth::config
