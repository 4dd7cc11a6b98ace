#include "berth/config/reload.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "settings.h"

namespace berth::config {
namespace {

template <typename Owner>
bool SameButLive(std::span<const Setting<Owner>> table, const Owner& a, const Owner& b) {
  return std::ranges::all_of(table, [&](const Setting<Owner>& setting) {
    return setting.spec.live || setting.field.get(a) == setting.field.get(b);
  });
}

template <typename Item>
bool Same(std::span<const Setting<Item>> table, const std::vector<Item>& a,
          const std::vector<Item>& b) {
  return std::ranges::equal(
      a, b, [&](const Item& one, const Item& other) { return SameButLive(table, one, other); });
}

template <typename Owner>
void TakeLive(std::span<const Setting<Owner>> table, const Owner& from, Owner& to) {
  for (const Setting<Owner>& setting : table) {
    if (setting.spec.live) {
      setting.field.set(to, setting.field.get(from));
    }
  }
}

// Profiles in the order in which they are asked whether a pod is theirs.
std::vector<std::string_view> Choosing(const std::vector<ProfileSetting>& profiles) {
  std::vector<std::string_view> names;
  for (const ProfileSetting& profile : profiles) {
    if (!profile.namespaces.empty() || !profile.pod_labels.empty()) {
      names.push_back(profile.name);
    }
  }
  return names;
}

// Into their places: pods that were read already belong to profiles by position. False: a change
// waits for a restart.
bool TakeProfiles(const std::vector<ProfileSetting>& from, std::vector<ProfileSetting>& to) {
  if (from.size() != to.size() || Choosing(from) != Choosing(to)) {
    return false;
  }
  std::vector<ProfileSetting> taken = to;
  for (ProfileSetting& profile : taken) {
    const auto same = std::ranges::find(from, profile.name, &ProfileSetting::name);
    if (same == from.end() || !SameButLive(ProfileSettings(), *same, profile)) {
      return false;
    }
    TakeLive(ProfileSettings(), *same, profile);
  }
  to = std::move(taken);
  return true;
}

}  // namespace

Reload PlanReload(const Configuration& in_use, const Configuration& wanted) {
  Reload reload{.configuration = in_use, .waiting = {}};
  TakeLive(Settings(), wanted, reload.configuration);
  reload.configuration.typical_pods = wanted.typical_pods;
  for (const Setting<Configuration>& setting : Settings()) {
    if (!setting.spec.live && setting.field.get(in_use) != setting.field.get(wanted)) {
      reload.waiting.emplace_back(setting.spec.path);
    }
  }
  const auto check = [&](std::string_view key, bool same) {
    if (!same) {
      reload.waiting.emplace_back(key);
    }
  };
  check(kProfiles, TakeProfiles(wanted.profiles, reload.configuration.profiles));
  check(kNodeClasses, Same(NodeClassSettings(), wanted.node_classes, in_use.node_classes));
  check(kRequirements, Same(RequirementSettings(), wanted.requirements, in_use.requirements));
  check(kEngines, Same(EngineSettings(), wanted.engines, in_use.engines));
  check(kDeviceClasses, Same(DeviceClassSettings(), wanted.device_classes, in_use.device_classes));
  return reload;
}

}  // namespace berth::config
