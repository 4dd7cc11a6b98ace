#include "rules.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "berth/config/profiles.h"
#include "berth/config/requirements.h"
#include "berth/device/read.h"
#include "berth/kube/objects.h"

namespace berth::app {

std::vector<core::Profile> Profiles(const config::Configuration& configuration) {
  const config::ProfileChoice by_default = config::ChooseProfile(configuration, "", {}, "");
  std::vector<core::Profile> profiles = {{.name = configuration.policy.profile,
                                          .policy = config::PolicyOf(configuration, by_default)}};
  for (const config::ProfileSetting& profile : configuration.profiles) {
    profiles.push_back({.name = profile.name, .policy = config::PolicyOf(profile)});
  }
  return profiles;
}

state::Rules RulesOf(const config::Configuration& configuration) {
  state::Rules rules;
  // Position in Profiles().
  rules.profile_of = [&configuration](const kube::PodObject& pod) -> std::optional<std::uint8_t> {
    const std::string* named = kube::Find(pod.annotations, device::kProfile);
    const config::ProfileChoice choice = config::ChooseProfile(
        configuration, named != nullptr ? *named : std::string_view(), pod.labels, pod.ns);
    switch (choice.by) {
      case config::ChosenBy::kUnknownAnnotation:
        return std::nullopt;
      case config::ChosenBy::kDefault:
        return 0;
      default:
        return static_cast<std::uint8_t>(*choice.profile + 1);
    }
  };
  for (core::Profile& profile : Profiles(configuration)) {
    rules.profiles.push_back(std::move(profile.name));
  }
  rules.rack_label = configuration.topology.rack_label;
  rules.binds = configuration.scheduler.mode == config::SchedulerMode::kActive;
  rules.requirements = config::RequirementNames(configuration);
  rules.requirement_labels = config::RequirementLabels(configuration);
  rules.requirements_met_by = [&configuration](const kube::NodeObject& node) {
    return config::RequirementsMetBy(configuration, node.labels);
  };
  rules.requirements_of = [&configuration](const kube::PodObject& pod) {
    const std::string* named = kube::Find(pod.annotations, device::kResidency);
    return config::RequirementsOf(configuration, named != nullptr ? *named : std::string_view(),
                                  pod.labels, pod.ns);
  };
  return rules;
}

Result<state::TypicalPods> TypicalPodsOf(const config::Configuration& configuration,
                                         const device::ClassTable& classes) {
  state::TypicalPods typical{.learn = configuration.learning.typical_pods, .pods = {}};
  for (std::size_t i = 0; i < configuration.typical_pods.size(); ++i) {
    const config::TypicalPodSetting& setting = configuration.typical_pods[i];
    cluster::PodClass pods{.demand = {},
                           .accelerators = setting.accelerators,
                           .cpu = Millicores(std::llround(setting.cpu * 1000))};
    if (setting.resource.empty()) {
      pods.demand.share = cluster::DeviceShare{.memory = RoundedUp(setting.gpu_memory),
                                               .cores = setting.gpu_cores,
                                               .count = setting.gpu_count};
    } else if (const auto device_class = classes.Find(setting.resource)) {
      pods.demand.whole = {{.device_class = *device_class, .count = setting.devices}};
    } else {
      return InvalidArgument(
          fmt::format("typicalPods[{}].resource: {} is no class of devices; deviceClasses adds "
                      "some",
                      i, setting.resource));
    }
    typical.pods.push_back({.pods = std::move(pods), .count = setting.count});
  }
  return typical;
}

Result<device::ClassTable> ClassesOf(const config::Configuration& configuration) {
  std::vector<device::DeviceClass> own;
  for (const config::DeviceClassSetting& setting : configuration.device_classes) {
    device::DeviceClass row{.resource = setting.resource,
                            .product_label = setting.product_label,
                            .memory_label = setting.memory_label,
                            .count_label = setting.count_label};
    switch (setting.memory_unit) {
      case config::MemoryUnit::kMiB:
        row.memory_unit = device::MemoryUnit::kMiB;
        break;
      case config::MemoryUnit::kGiB:
        row.memory_unit = device::MemoryUnit::kGiB;
        break;
      case config::MemoryUnit::kBytes:
        row.memory_unit = device::MemoryUnit::kBytes;
        break;
    }
    own.push_back(std::move(row));
  }
  return device::ClassTable::Create(std::move(own));
}

}  // namespace berth::app
