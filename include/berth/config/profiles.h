// Which part of the configuration a pod comes under.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/config/configuration.h"
#include "berth/core/policy.h"

namespace berth::config {

using LabelsView = std::span<const std::pair<std::string, std::string>>;

bool HasAll(LabelsView labels, const Labels& wanted);

// What chose the profile.
enum class ChosenBy : std::uint8_t {
  kAnnotation,  // berth.dev/profile
  kPodLabels,
  kNamespace,
  kDefault,            // policy.profile
  kUnknownAnnotation,  // berth.dev/profile names none: the pod is malformed
};

struct ProfileChoice {
  ChosenBy by = ChosenBy::kDefault;
  // Position in Configuration::profiles. nullopt: none is named, policy.gpuMemory holds (and after
  // kUnknownAnnotation).
  std::optional<std::size_t> profile;

  friend bool operator==(const ProfileChoice&, const ProfileChoice&) = default;
};

// The annotation wins, then the first profile whose podLabels the pod has, then the first that
// lists its namespace, then policy.profile. `annotation` is empty when the pod has none.
ProfileChoice ChooseProfile(const Configuration& configuration, std::string_view annotation,
                            LabelsView pod_labels, std::string_view ns);

core::Policy PolicyOf(const ProfileSetting& profile);
core::Policy PolicyOf(const Configuration& configuration, const ProfileChoice& choice);

}  // namespace berth::config
