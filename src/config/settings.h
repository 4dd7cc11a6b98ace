// Every setting, declared once. The parser, ToYaml, the reference page and the tests read these
// tables; a new setting is a field in Configuration and a row here.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "berth/base/clock.h"
#include "berth/base/result.h"
#include "berth/config/configuration.h"

namespace berth::config {

enum class SettingType : std::uint8_t {
  kFlag,
  kCount,
  kDecimal,
  kSize,      // bytes
  kDuration,  // nanoseconds
  kChoice,    // index into `choices`
  kAddress,   // "host:port"
  kResource,  // "example.com/npu"
  kLabel,     // key of a node label
};

struct SettingSpec {
  std::string_view path;  // "scheduler.scoreScale"
  SettingType type = SettingType::kFlag;
  std::int64_t min = 0;  // of kCount, kDecimal, kSize and kDuration, both ends included
  std::int64_t max = 0;
  std::span<const std::string_view> choices;  // of kChoice
  bool required = false;                      // of an item in a list
  std::string_view help;
};

using SettingValue = std::variant<bool, std::int64_t, double, std::string>;

// The field a setting lives in.
template <typename Owner>
struct FieldAccess {
  SettingValue (*get)(const Owner&);
  void (*set)(Owner&, const SettingValue&);
};

template <typename Owner>
struct Setting {
  SettingSpec spec;
  FieldAccess<Owner> field;
};

struct Section {
  std::string_view path;
  std::string_view help;
};

std::span<const Section> Sections();
std::span<const Setting<Configuration>> Settings();
std::span<const Setting<DeviceClassSetting>> DeviceClassSettings();

inline constexpr std::string_view kApiVersion = "berth.dev/v1alpha1";
inline constexpr std::string_view kKind = "BerthConfiguration";
inline constexpr std::string_view kDeviceClasses = "deviceClasses";

// As written in the file and on the reference page: "128Mi", "1m30s", "binpack".
std::string PrintValue(const SettingSpec& spec, const SettingValue& value);

// "1 to 1000000", "binpack, spread"; empty where anything of the type will do.
std::string PrintAllowed(const SettingSpec& spec);

// "count", "duration", ...: for tables.
std::string_view TypeWord(SettingType type);

// "an integer", "a duration such as ...": for complaints.
std::string_view Describe(SettingType type);

namespace internal {

template <typename Member>
struct MemberOf;
template <typename Object, typename Type>
struct MemberOf<Type Object::*> {
  using Owner = Object;
};

template <typename Object>
constexpr auto& Follow(Object& object, auto member) {
  return object.*member;
}
template <typename Object>
constexpr auto& Follow(Object& object, auto member, auto... rest) {
  return Follow(object.*member, rest...);
}

template <typename T>
SettingValue ToSettingValue(const T& value) {
  if constexpr (std::same_as<T, bool> || std::same_as<T, double> || std::same_as<T, std::string>) {
    return value;
  } else if constexpr (std::same_as<T, Duration>) {
    return static_cast<std::int64_t>(value.count());
  } else {
    return static_cast<std::int64_t>(value);  // integers, and enums in the order of their choices
  }
}

template <typename T>
T FromSettingValue(const SettingValue& value) {
  if constexpr (std::same_as<T, bool> || std::same_as<T, double> || std::same_as<T, std::string>) {
    return std::get<T>(value);
  } else if constexpr (std::same_as<T, Duration>) {
    return Duration(std::get<std::int64_t>(value));
  } else {
    return static_cast<T>(std::get<std::int64_t>(value));
  }
}

}  // namespace internal

// Field<&Configuration::scheduler, &Configuration::Scheduler::listen>()
template <auto First, auto... Rest>
constexpr auto Field() {
  using Owner = typename internal::MemberOf<decltype(First)>::Owner;
  return FieldAccess<Owner>{
      .get =
          [](const Owner& owner) {
            return internal::ToSettingValue(internal::Follow(owner, First, Rest...));
          },
      .set =
          [](Owner& owner, const SettingValue& value) {
            auto& field = internal::Follow(owner, First, Rest...);
            field = internal::FromSettingValue<std::remove_reference_t<decltype(field)>>(value);
          },
  };
}

}  // namespace berth::config
