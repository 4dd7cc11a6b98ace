// What a setting is: a row of a table that the parser, the printer, the reference pages and the
// tests read. A new setting is a field and a row.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "berth/config/configuration.h"

namespace berth::config {

enum class SettingType : std::uint8_t {
  kFlag,
  kCount,
  kDecimal,
  kMilli,      // 1/1000: "500m", "0.5", "2"
  kSize,       // bytes
  kDuration,   // nanoseconds
  kBandwidth,  // bytes per second, a double
  kChoice,     // index into `choices`
  kWord,       // one of `choices`, kept as text
  kAddress,    // "host:port"
  kUrl,        // "http://prometheus:9090"
  kPath,       // of a file
  kTime,       // "2026-11-24T05:20:31Z"
  kResource,   // "example.com/npu"
  kLabel,      // key of a label
  kMetric,     // "example_requests_running"
  kName,       // formed as the value of a label
  kModelName,  // what the annotation berth.dev/model names
  kId,         // text without white space
  kNames,      // list of kName
  kIds,        // list of kId
  kProduct,    // device model, words of its product name
  kProducts,   // list of kProduct
  kLabels,     // map from label keys to values
};

struct SettingSpec {
  std::string_view path;  // "scheduler.scoreScale"
  SettingType type = SettingType::kFlag;
  std::int64_t min = 0;  // of numbers, both ends included
  std::int64_t max = 0;
  bool above_min = false;                     // `min` itself is not allowed
  std::span<const std::string_view> choices;  // of kChoice and kWord
  bool required = false;                      // of an item in a list
  bool live = false;                          // a change counts without a restart
  std::string_view help;
};

using SettingValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, Labels>;

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

template <typename Owner>
std::vector<SettingSpec> SpecsOf(std::span<const Setting<Owner>> table) {
  std::vector<SettingSpec> specs;
  specs.reserve(table.size());
  for (const Setting<Owner>& setting : table) {
    specs.push_back(setting.spec);
  }
  return specs;
}

// Longest list of names; people write these.
inline constexpr std::size_t kMaxListed = 32;

bool IsNumber(SettingType type);  // has `min` and `max`
bool IsList(SettingType type);    // of texts
bool IsText(SettingType type);    // one text

// As written in the file and on the reference page: "128Mi", "1m30s", "binpack".
std::string PrintValue(const SettingSpec& spec, const SettingValue& value);

// "1 to 1000000", "binpack, spread"; empty where anything of the type will do.
std::string PrintAllowed(const SettingSpec& spec);

// "count", "duration", ...: for tables.
std::string_view TypeWord(SettingType type);

// "an integer", "a duration such as ...": for complaints. Of a list: what it is a list of.
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
concept HeldAsIs =
    std::same_as<T, bool> || std::same_as<T, double> || std::same_as<T, std::string> ||
    std::same_as<T, std::vector<std::string>> || std::same_as<T, Labels>;

template <typename T>
SettingValue ToSettingValue(const T& value) {
  if constexpr (HeldAsIs<T>) {
    return value;
  } else if constexpr (requires { value.count(); }) {  // durations and other units
    return static_cast<std::int64_t>(value.count());
  } else {
    return static_cast<std::int64_t>(value);  // integers, and enums in the order of their choices
  }
}

template <typename T>
T FromSettingValue(const SettingValue& value) {
  if constexpr (HeldAsIs<T>) {
    return std::get<T>(value);
  } else if constexpr (requires(T unit) { unit.count(); }) {
    return T(std::get<std::int64_t>(value));
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
