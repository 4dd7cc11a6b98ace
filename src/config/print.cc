// The settings' tables as text: the effective configuration, and the reference page.
#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "berth/config/configuration.h"
#include "json_text.h"
#include "settings.h"

namespace berth::config {
namespace {

bool IsText(const SettingSpec& spec) {
  return spec.type == SettingType::kAddress || spec.type == SettingType::kResource ||
         spec.type == SettingType::kLabel;
}

std::string YamlValue(const SettingSpec& spec, const SettingValue& value) {
  std::string text = PrintValue(spec, value);
  if (!IsText(spec)) {
    return text;
  }
  std::string quoted;
  AppendQuoted(quoted, text);
  return quoted;
}

std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t dot = path.find('.');
    parts.push_back(path.substr(0, dot));
    if (dot == std::string_view::npos) {
      return parts;
    }
    path.remove_prefix(dot + 1);
  }
}

template <typename Owner>
void AppendTable(std::string& out, std::span<const Setting<Owner>> table,
                 std::string_view section) {
  out += "| setting | type | default | allowed | meaning |\n|---|---|---|---|---|\n";
  const Owner defaults;
  const auto code = [](const std::string& text) {
    return text.empty() ? std::string() : fmt::format("`{}`", text);
  };
  for (const Setting<Owner>& setting : table) {
    const SettingSpec& spec = setting.spec;
    std::string_view name = spec.path;
    if (!section.empty()) {
      if (!name.starts_with(section) || name[section.size()] != '.') {
        continue;
      }
      name.remove_prefix(section.size() + 1);
    }
    fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} | {} |\n", name,
                   TypeWord(spec.type),
                   spec.required ? "required" : code(PrintValue(spec, setting.field.get(defaults))),
                   PrintAllowed(spec), spec.help);
  }
}

}  // namespace

std::string ToYaml(const Configuration& configuration) {
  std::string out = fmt::format("apiVersion: {}\nkind: {}\n", kApiVersion, kKind);
  std::vector<std::string_view> open;  // the sections that the line before stands in
  for (const Setting<Configuration>& setting : Settings()) {
    std::vector<std::string_view> sections = Split(setting.spec.path);
    const std::string_view key = sections.back();
    sections.pop_back();
    std::size_t common = 0;
    while (common < open.size() && common < sections.size() && open[common] == sections[common]) {
      ++common;
    }
    for (std::size_t i = common; i < sections.size(); ++i) {
      fmt::format_to(std::back_inserter(out), "{:{}}{}:\n", "", 2 * i, sections[i]);
    }
    fmt::format_to(std::back_inserter(out), "{:{}}{}: {}\n", "", 2 * sections.size(), key,
                   YamlValue(setting.spec, setting.field.get(configuration)));
    open = std::move(sections);
  }
  if (configuration.device_classes.empty()) {
    return out + fmt::format("{}: []\n", kDeviceClasses);
  }
  out += fmt::format("{}:\n", kDeviceClasses);
  for (const DeviceClassSetting& device_class : configuration.device_classes) {
    std::string_view indent = "  - ";
    for (const Setting<DeviceClassSetting>& setting : DeviceClassSettings()) {
      const SettingValue value = setting.field.get(device_class);
      if (value == SettingValue(std::string())) {
        continue;  // a label that is not published
      }
      fmt::format_to(std::back_inserter(out), "{}{}: {}\n", indent, setting.spec.path,
                     YamlValue(setting.spec, value));
      indent = "    ";
    }
  }
  return out;
}

std::string SettingsReference() {
  std::string out = fmt::format(
      "# Configuration\n\n"
      "<!-- Generated from src/config/settings.cc; UPDATE_GOLDEN=1 with config_test writes it. "
      "-->\n\n"
      "One YAML file, given by `--config`. It begins with\n\n"
      "```yaml\napiVersion: {}\nkind: {}\n```\n\n"
      "Every setting may be left out; `examples/berth.yaml` shows them all with their defaults. "
      "Keys\n"
      "that Berth does not know are errors. `berth validate FILE` reports everything that is "
      "wrong\n"
      "with a file at once, with line and column. Sizes are bytes or carry `Ki`, `Mi`, `Gi`, `Ti`\n"
      "(`k`, `M`, `G`, `T` for powers of ten); durations carry `h`, `m`, `s`, `ms`, `us` or "
      "`ns`.\n",
      kApiVersion, kKind);
  for (const Section& section : Sections()) {
    fmt::format_to(std::back_inserter(out), "\n## {}\n\n{}\n\n", section.path, section.help);
    AppendTable(out, Settings(), section.path);
  }
  fmt::format_to(std::back_inserter(out),
                 "\n## {}\n\nA list of whole-device resources beyond the vendors that Berth knows. "
                 "Each item:\n\n",
                 kDeviceClasses);
  AppendTable(out, DeviceClassSettings(), "");
  return out;
}

}  // namespace berth::config
