#include "berth/config/profiles.h"

#include <algorithm>
#include <chrono>

namespace berth::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

template <typename Predicate>
std::optional<std::size_t> FindProfile(const Configuration& configuration, Predicate wanted) {
  const auto at = std::ranges::find_if(configuration.profiles, wanted);
  return at == configuration.profiles.end()
             ? std::nullopt
             : std::optional(static_cast<std::size_t>(at - configuration.profiles.begin()));
}

std::optional<std::size_t> FindNamed(const Configuration& configuration, std::string_view name) {
  return FindProfile(configuration,
                     [&](const ProfileSetting& profile) { return profile.name == name; });
}

}  // namespace

bool HasAll(LabelsView labels, const Labels& wanted) {
  return std::ranges::all_of(wanted, [&](const Labels::value_type& label) {
    return std::ranges::find(labels, label) != labels.end();
  });
}

std::vector<ProfileSetting> BuiltInProfiles() {
  constexpr ProfileSetting::GpuMemory kTight{.node = Packing::kTight, .device = Packing::kTight};
  return {{.name = "latency",
           .weights = {.gpu_memory = milliseconds(1500),
                       .batch_load = seconds(60),
                       .model_placement = seconds(300)},
           .gpu_memory = kTight,
           .namespaces = {},
           .pod_labels = {}},
          {.name = "throughput",
           .weights = {.gpu_memory = seconds(5),
                       .batch_load = seconds(120),
                       .model_placement = seconds(60)},
           .gpu_memory = kTight,
           .namespaces = {},
           .pod_labels = {}},
          {.name = "batch",
           .weights = {.gpu_memory = seconds(10),
                       .batch_load = seconds(5),
                       .model_placement = seconds(30)},
           .gpu_memory = {.node = Packing::kBinpack, .device = Packing::kBinpack},
           .namespaces = {},
           .pod_labels = {}}};
}

ProfileChoice ChooseProfile(const Configuration& configuration, std::string_view annotation,
                            LabelsView pod_labels, std::string_view ns) {
  if (!annotation.empty()) {
    const auto named = FindNamed(configuration, annotation);
    return {.by = named ? ChosenBy::kAnnotation : ChosenBy::kUnknownAnnotation, .profile = named};
  }
  if (const auto labelled = FindProfile(configuration, [&](const ProfileSetting& profile) {
        return !profile.pod_labels.empty() && HasAll(pod_labels, profile.pod_labels);
      })) {
    return {.by = ChosenBy::kPodLabels, .profile = labelled};
  }
  if (const auto listed = FindProfile(configuration, [&](const ProfileSetting& profile) {
        return std::ranges::find(profile.namespaces, ns) != profile.namespaces.end();
      })) {
    return {.by = ChosenBy::kNamespace, .profile = listed};
  }
  return {.by = ChosenBy::kDefault,
          .profile = FindNamed(configuration, configuration.policy.profile)};
}

core::Policy PolicyOf(const ProfileSetting& profile) {
  return {.node_packing = profile.gpu_memory.node,
          .device_packing = profile.gpu_memory.device,
          .weights = {.gpu_memory = Seconds(profile.weights.gpu_memory),
                      .batch_load = Seconds(profile.weights.batch_load),
                      .model_placement = Seconds(profile.weights.model_placement)},
          .min_quality = profile.min_quality};
}

core::Policy PolicyOf(const Configuration& configuration, const ProfileChoice& choice) {
  return choice.profile ? PolicyOf(configuration.profiles[*choice.profile])
                        : core::Policy{.node_packing = configuration.gpu_memory.node,
                                       .device_packing = configuration.gpu_memory.device,
                                       .weights = {}};
}

}  // namespace berth::config
