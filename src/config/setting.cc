#include "setting.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>

#include "quantities.h"

namespace berth::config {

bool IsNumber(SettingType type) {
  switch (type) {
    case SettingType::kCount:
    case SettingType::kDecimal:
    case SettingType::kMilli:
    case SettingType::kSize:
    case SettingType::kDuration:
    case SettingType::kBandwidth:
      return true;
    default:
      return false;
  }
}

bool IsList(SettingType type) {
  return type == SettingType::kNames || type == SettingType::kIds || type == SettingType::kProducts;
}

bool IsText(SettingType type) {
  switch (type) {
    case SettingType::kAddress:
    case SettingType::kUrl:
    case SettingType::kPath:
    case SettingType::kTime:
    case SettingType::kResource:
    case SettingType::kLabel:
    case SettingType::kMetric:
    case SettingType::kName:
    case SettingType::kModelName:
    case SettingType::kId:
    case SettingType::kProduct:
      return true;
    default:
      return false;
  }
}

std::string PrintValue(const SettingSpec& spec, const SettingValue& value) {
  struct {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const {
      switch (spec.type) {
        case SettingType::kChoice:
          return std::string(spec.choices[static_cast<std::size_t>(number)]);
        case SettingType::kMilli:
          return FormatMilli(number);
        case SettingType::kSize:
          return FormatSize(number);
        case SettingType::kDuration:
          return FormatDuration(Duration(number));
        case SettingType::kBandwidth:
          return FormatBandwidth(number);
        default:
          return std::to_string(number);
      }
    }
    std::string operator()(double decimal) const {
      return spec.type == SettingType::kBandwidth
                 ? FormatBandwidth(static_cast<std::int64_t>(decimal))
                 : fmt::format("{}", decimal);
    }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const std::vector<std::string>& names) const {
      return fmt::format("{}", fmt::join(names, ", "));
    }
    std::string operator()(const Labels& labels) const {
      std::string text;
      for (const auto& [key, label] : labels) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, label);
      }
      return text;
    }
    const SettingSpec& spec;
  } const print{spec};
  return std::visit(print, value);
}

std::string PrintAllowed(const SettingSpec& spec) {
  if (IsNumber(spec.type)) {
    return fmt::format("{}{} to {}", spec.above_min ? "above " : "", PrintValue(spec, spec.min),
                       PrintValue(spec, spec.max));
  }
  return fmt::format("{}", fmt::join(spec.choices, ", "));
}

std::string_view TypeWord(SettingType type) {
  switch (type) {
    case SettingType::kFlag:
      return "boolean";
    case SettingType::kCount:
      return "integer";
    case SettingType::kDecimal:
      return "number";
    case SettingType::kMilli:
      return "amount";
    case SettingType::kSize:
      return "size";
    case SettingType::kDuration:
      return "duration";
    case SettingType::kBandwidth:
      return "bandwidth";
    case SettingType::kChoice:
    case SettingType::kWord:
      return "word";
    case SettingType::kAddress:
      return "host:port";
    case SettingType::kUrl:
      return "URL";
    case SettingType::kPath:
      return "path";
    case SettingType::kTime:
      return "time";
    case SettingType::kResource:
      return "resource";
    case SettingType::kLabel:
      return "label key";
    case SettingType::kMetric:
      return "metric";
    case SettingType::kName:
    case SettingType::kModelName:
    case SettingType::kProduct:
      return "name";
    case SettingType::kId:
      return "text";
    case SettingType::kNames:
    case SettingType::kIds:
    case SettingType::kProducts:
      return "list of names";
    case SettingType::kLabels:
      return "map of labels";
  }
  return {};
}

std::string_view Describe(SettingType type) {
  switch (type) {
    case SettingType::kFlag:
      return "true or false";
    case SettingType::kCount:
      return "an integer";
    case SettingType::kDecimal:
      return "a number";
    case SettingType::kMilli:
      return "an amount such as 2, 0.5 or 500m";
    case SettingType::kSize:
      return "a size such as 128Mi, 1Gi or a number of bytes";
    case SettingType::kDuration:
      return "a duration such as 250ms, 5s or 1m30s";
    case SettingType::kBandwidth:
      return "a bandwidth such as 3GB/s, 1.5GiB/s or 10Gbit/s";
    case SettingType::kChoice:
    case SettingType::kWord:
      return "one of the words";
    case SettingType::kAddress:
      return "an address \"host:port\"";
    case SettingType::kUrl:
      return "a URL such as http://prometheus.monitoring:9090";
    case SettingType::kPath:
      return "the path of a file";
    case SettingType::kTime:
      return "a time such as 2026-11-24T05:20:31Z";
    case SettingType::kResource:
      return "an extended resource such as example.com/npu";
    case SettingType::kLabel:
      return "the key of a label such as example.com/npu.product";
    case SettingType::kMetric:
      return "the name of a metric such as example_requests_running";
    case SettingType::kName:
      return "a name of at most 63 letters, digits, '-', '_' and '.' that begins and ends with a "
             "letter or digit";
    case SettingType::kModelName:
      return "a name of at most 253 characters without '@' and white space";
    case SettingType::kId:
      return "a text of at most 1024 characters without white space (numbers in quotes)";
    case SettingType::kNames:
    case SettingType::kIds:
      return "a list of names";
    case SettingType::kProduct:
      return "a device model such as H100, without commas";
    case SettingType::kProducts:
      return "a list of device models such as [H100, A100-SXM4]";
    case SettingType::kLabels:
      return "a map from label keys to values";
  }
  return {};
}

}  // namespace berth::config
