#include "berth/config/requirements.h"

#include <algorithm>
#include <cstddef>

namespace berth::config {
namespace {

constexpr std::string_view kZoneLabel = "topology.kubernetes.io/zone";

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool Meets(const RequirementSetting& requirement, LabelsView labels) {
  const auto zone = std::ranges::find(labels, kZoneLabel, &Labels::value_type::first);
  const bool in_zone =
      requirement.zones.empty() ||
      (zone != labels.end() &&
       std::ranges::find(requirement.zones, zone->second) != requirement.zones.end());
  return in_zone && HasAll(labels, requirement.node_labels);
}

}  // namespace

std::vector<std::string> RequirementNames(const Configuration& configuration) {
  std::vector<std::string> names;
  names.reserve(configuration.requirements.size());
  for (const RequirementSetting& requirement : configuration.requirements) {
    names.push_back(requirement.name);
  }
  return names;
}

std::vector<std::string> RequirementLabels(const Configuration& configuration) {
  std::vector<std::string> keys;
  for (const RequirementSetting& requirement : configuration.requirements) {
    for (const auto& [key, value] : requirement.node_labels) {
      keys.push_back(key);
    }
  }
  return keys;
}

cluster::RequirementSet RequirementsMetBy(const Configuration& configuration,
                                          LabelsView node_labels) {
  cluster::RequirementSet met = 0;
  for (std::size_t i = 0; i < configuration.requirements.size(); ++i) {
    if (Meets(configuration.requirements[i], node_labels)) {
      met |= cluster::RequirementSet{1} << i;
    }
  }
  return met;
}

std::optional<cluster::RequirementSet> RequirementsOf(const Configuration& configuration,
                                                      std::string_view residency,
                                                      LabelsView pod_labels, std::string_view ns) {
  cluster::RequirementSet wanted = 0;
  for (std::size_t i = 0; i < configuration.requirements.size(); ++i) {
    const RequirementSetting& requirement = configuration.requirements[i];
    const bool by_labels =
        !requirement.pod_labels.empty() && HasAll(pod_labels, requirement.pod_labels);
    if (by_labels ||
        std::ranges::find(requirement.namespaces, ns) != requirement.namespaces.end()) {
      wanted |= cluster::RequirementSet{1} << i;
    }
  }
  while (!residency.empty()) {
    const std::string_view part = residency.substr(0, residency.find(','));
    residency.remove_prefix(std::min(part.size() + 1, residency.size()));
    const auto named =
        std::ranges::find(configuration.requirements, Trimmed(part), &RequirementSetting::name);
    if (named == configuration.requirements.end()) {
      return std::nullopt;
    }
    wanted |= cluster::RequirementSet{1} << (named - configuration.requirements.begin());
  }
  return wanted;
}

}  // namespace berth::config
