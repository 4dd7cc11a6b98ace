// Every setting of the configuration, declared once: a new one is a field in Configuration and a
// row here.
#pragma once

#include <span>
#include <string_view>

#include "berth/config/configuration.h"
#include "setting.h"

namespace berth::config {

struct Section {
  std::string_view path;
  std::string_view help;
};

std::span<const Section> Sections();
std::span<const Setting<Configuration>> Settings();
std::span<const Setting<ProfileSetting>> ProfileSettings();
std::span<const Setting<NodeClassSetting>> NodeClassSettings();
std::span<const Setting<RequirementSetting>> RequirementSettings();
std::span<const Setting<TypicalPodSetting>> TypicalPodSettings();
std::span<const Setting<EngineSetting>> EngineSettings();
std::span<const Setting<DeviceClassSetting>> DeviceClassSettings();

inline constexpr std::string_view kApiVersion = "berth.dev/v1alpha1";
inline constexpr std::string_view kKind = "BerthConfiguration";
inline constexpr std::string_view kProfiles = "profiles";
inline constexpr std::string_view kNodeClasses = "nodeClasses";
inline constexpr std::string_view kRequirements = "requirements";
inline constexpr std::string_view kTypicalPods = "typicalPods";
inline constexpr std::string_view kEngines = "engines";
inline constexpr std::string_view kDeviceClasses = "deviceClasses";

}  // namespace berth::config
