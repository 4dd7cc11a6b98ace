// kube-scheduler's own configuration, read as far as its extenders concern Berth.
#pragma once

#include <string_view>
#include <vector>

#include "berth/config/complaint.h"

namespace berth::config {

// Complains, for every extender of every document of kind KubeSchedulerConfiguration, about what
// would let pods slip past Berth (`ignorable: true`, an unverified certificate, a native resource
// that kube-scheduler counts itself): errors; and about what makes it slow or without say:
// warnings. Fields that do not concern an extender are kube-scheduler's to judge.
std::vector<Complaint> CheckKubeSchedulerConfiguration(std::string_view text);

}  // namespace berth::config
