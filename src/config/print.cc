// The settings' tables as text: the effective configuration, and the reference page.
#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "berth/config/catalog.h"
#include "berth/config/configuration.h"
#include "catalog_settings.h"
#include "json_text.h"
#include "settings.h"

namespace berth::config {
namespace {

// In flow style.
std::string YamlValue(const SettingSpec& spec, const SettingValue& value) {
  std::string text;
  if (const auto* names = std::get_if<std::vector<std::string>>(&value)) {
    for (const std::string& name : *names) {
      text += text.empty() ? "" : ", ";
      AppendQuoted(text, name);
    }
    return fmt::format("[{}]", text);
  }
  if (const auto* labels = std::get_if<Labels>(&value)) {
    for (const auto& [key, label] : *labels) {
      text += text.empty() ? "" : ", ";
      AppendQuoted(text, key);
      text += ": ";
      AppendQuoted(text, label);
    }
    return fmt::format("{{{}}}", text);
  }
  if (!IsText(spec.type)) {
    return PrintValue(spec, value);
  }
  AppendQuoted(text, std::get<std::string>(value));
  return text;
}

// Nothing was given.
bool IsBlank(const SettingValue& value) {
  return value == SettingValue(std::string()) ||
         value == SettingValue(std::vector<std::string>()) || value == SettingValue(Labels());
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

enum class Blanks : std::uint8_t { kShown, kLeftOut };

// The settings of `owner` as lines of YAML in block style.
template <typename Owner>
std::vector<std::string> Lines(std::span<const Setting<Owner>> table, const Owner& owner,
                               Blanks blanks) {
  std::vector<std::string> lines;
  std::vector<std::string_view> open;  // the sections that the line before stands in
  for (const Setting<Owner>& setting : table) {
    const SettingValue value = setting.field.get(owner);
    if (blanks == Blanks::kLeftOut && IsBlank(value)) {
      continue;
    }
    std::vector<std::string_view> sections = Split(setting.spec.path);
    const std::string_view key = sections.back();
    sections.pop_back();
    std::size_t common = 0;
    while (common < open.size() && common < sections.size() && open[common] == sections[common]) {
      ++common;
    }
    for (std::size_t i = common; i < sections.size(); ++i) {
      lines.push_back(fmt::format("{:{}}{}:", "", 2 * i, sections[i]));
    }
    lines.push_back(
        fmt::format("{:{}}{}: {}", "", 2 * sections.size(), key, YamlValue(setting.spec, value)));
    open = std::move(sections);
  }
  return lines;
}

template <typename Item>
void AppendItems(std::string& out, std::string_view key, std::span<const Setting<Item>> table,
                 const std::vector<Item>& items) {
  if (items.empty()) {
    out += fmt::format("{}: []\n", key);
    return;
  }
  out += fmt::format("{}:\n", key);
  for (const Item& item : items) {
    std::string_view indent = "  - ";
    for (const std::string& line : Lines(table, item, Blanks::kLeftOut)) {
      fmt::format_to(std::back_inserter(out), "{}{}\n", indent, line);
      indent = "    ";
    }
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
      if (name.find('.') != std::string_view::npos) {
        continue;  // of a section within
      }
    }
    fmt::format_to(std::back_inserter(out), "| `{}`{} | {} | {} | {} | {} |\n", name,
                   spec.live ? " ↻" : "", TypeWord(spec.type),
                   spec.required ? "required" : code(PrintValue(spec, setting.field.get(defaults))),
                   PrintAllowed(spec), spec.help);
  }
}

// A row of the built-in profiles.
void AppendProfile(std::string& out, const ProfileSetting& profile) {
  out += fmt::format("| `{}` |", profile.name);
  std::string_view section;
  for (const Setting<ProfileSetting>& setting : ProfileSettings()) {
    if (!IsNumber(setting.spec.type) && setting.spec.type != SettingType::kChoice) {
      continue;  // who it is for
    }
    const std::string_view here = Split(setting.spec.path).front();
    out += here == section ? ", " : section.empty() ? " " : " | ";
    out += PrintValue(setting.spec, setting.field.get(profile));
    section = here;
  }
  out += " |\n";
}

}  // namespace

std::string ToYaml(const Configuration& configuration) {
  std::string out = fmt::format("apiVersion: {}\nkind: {}\n", kApiVersion, kKind);
  for (const std::string& line : Lines(Settings(), configuration, Blanks::kShown)) {
    out += line + "\n";
  }
  AppendItems(out, kProfiles, ProfileSettings(), configuration.profiles);
  AppendItems(out, kNodeClasses, NodeClassSettings(), configuration.node_classes);
  AppendItems(out, kRequirements, RequirementSettings(), configuration.requirements);
  AppendItems(out, kTypicalPods, TypicalPodSettings(), configuration.typical_pods);
  AppendItems(out, kEngines, EngineSettings(), configuration.engines);
  AppendItems(out, kDeviceClasses, DeviceClassSettings(), configuration.device_classes);
  return out;
}

std::string CatalogReference() {
  std::string out = fmt::format(
      R"(# The model catalog

<!-- Generated from src/config/catalog_settings.cc; UPDATE_GOLDEN=1 with config_test writes it. -->

The catalog tells what the models that pods name with `berth.dev/model` need and where their weights come
from, and how large the data is that pods name with `berth.dev/data` and where that comes from. It is one
YAML file, named by `modelCatalog.file` in the configuration or by `--catalog`; `examples/catalog.yaml`
shows one. It begins with

```yaml
apiVersion: {}
kind: {}
models: [...]
datasets: [...]
```

Keys that Berth does not know are errors. `berth validate FILE` reports everything that is wrong with a
catalog at once, with line and column, and shows what each variant will ask for when nothing is. One of
the two lists may be left out.

`berth serve` refuses to start with a bad catalog. While it runs it looks at the file every
`modelCatalog.reloadInterval` (also through the symbolic links of a mounted ConfigMap) and takes a new
text as soon as it has read the same twice, so that a file that is being written is not taken for
whole. A bad or missing file keeps the catalog that is in use, and is told in the log, in `/statusz` and by
`berth_catalog_last_reload_successful`.

A pod may ask for a model instead of device memory: `berth.dev/model: llama-3-8b` lets Berth choose the
variant, `llama-3-8b@int8` pins one. kube-scheduler calls an extender that has `managedResources` only
for pods that ask for one of these; there such a pod must also ask for `berth.dev/gpu-count`, with
`berth.dev/gpu-count` (`ignoredByScheduler: true`) among the managed resources. An extender without
`managedResources` sees every pod.

## models

A list. Each item:

)",
      kApiVersion, kCatalogKind);
  AppendTable(out, ModelSettings(), "");
  out += "| `variants` | list | required |  | At least one; see below. |\n";
  out += R"(
## models[].variants

Each item:

)";
  AppendTable(out, VariantSettings(), "");
  out += R"(
A variant needs on each of its devices, rounded up to whole MiB, `deviceMemory`, or when that is left
out

    (weights + concurrentSequences x kvCachePerSequence) / devices + reserve

`kvCachePerSequence` is bytes per token and layer, for keys and values, times layers and tokens: of
Llama 3 8B at 16 bits 2 x 8 heads x 128 x 2 bytes x 32 layers = 128Ki per token, 1Gi for 8,192 tokens.

## datasets

A list of what pods read: `berth.dev/data: imagenet`, several with commas between them, at most eight.
[models.md](models.md#data) tells what that does. Each item:

)";
  AppendTable(out, DatasetSettings(), "");
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
      "`ns`.\n\n"
      "While Berth runs it looks at the file every two seconds, also through the links of a "
      "mounted "
      "ConfigMap.\nSettings marked ↻ count at once for decisions to come; of profiles only while "
      "the file lists the same\nones, for the same pods. The others wait for a restart: the log, "
      "`/statusz` and\n`berth_config_restart_needed` tell. A bad file changes nothing, and is told "
      "in the log, in `/statusz` and by\n`berth_config_last_reload_successful`.\n",
      kApiVersion, kKind);
  for (const Section& section : Sections()) {
    fmt::format_to(std::back_inserter(out), "\n## {}\n\n{}\n\n", section.path, section.help);
    AppendTable(out, Settings(), section.path);
  }
  fmt::format_to(std::back_inserter(out),
                 R"(
## {}

A list of ways to weigh the terms of a score against each other, each for some pods. A pod's profile is

1. the one that its annotation `berth.dev/profile` names (a name that is none makes the pod malformed),
2. the first whose `podLabels` it all has,
3. the first that lists its namespace,
4. the one that `policy.profile` names.

Three are there without being listed. One that is listed under the name of a built-in one changes only
what it says:

| profile | weights: gpuMemory, batchLoad, modelPlacement | gpuMemory: node, device | minQuality |
|---|---|---|---|
)",
                 kProfiles);
  for (const ProfileSetting& profile : BuiltInProfiles()) {
    AppendProfile(out, profile);
  }
  out += "\nEach item; the defaults are those of a name of your own:\n\n";
  AppendTable(out, ProfileSettings(), "");
  fmt::format_to(std::back_inserter(out),
                 R"(
## {}

A list of kinds of nodes with the bandwidths at which weights move into them: bytes or bits per second,
such as `20GB/s`, `1.5GiB/s` or `10Gbit/s`. A node is of the first class whose labels it all has; one
of no class has the defaults. Each item:

)",
                 kNodeClasses);
  AppendTable(out, NodeClassSettings(), "");
  fmt::format_to(
      std::back_inserter(out),
      "\n## {}\n\nA list of what nodes must be for certain pods: residency of data, "
      "confidential computing ([compliance](compliance.md)). A pod has those that it names "
      "in `berth.dev/residency`, that list its namespace, and whose labels it carries; it "
      "docks only on nodes that meet them all. Each item:\n\n",
      kRequirements);
  AppendTable(out, RequirementSettings(), "");
  fmt::format_to(
      std::back_inserter(out),
      "\n## {}\n\nA list of classes of pods that the cluster usually sees, for the packings that "
      "go by what pods ask for ([packing](packing.md#what-pods-ask-for)). What docks is added to "
      "them, and they are forgotten as pods are; with `learning.typicalPods: false` they alone "
      "count, and stay. Each item:\n\n",
      kTypicalPods);
  AppendTable(out, TypicalPodSettings(), "");
  fmt::format_to(std::back_inserter(out),
                 "\n## {}\n\nA list of inference servers beyond those that Berth knows "
                 "([telemetry](telemetry.md)), by the names of their metrics. Each item:\n\n",
                 kEngines);
  AppendTable(out, EngineSettings(), "");
  fmt::format_to(std::back_inserter(out),
                 "\n## {}\n\nA list of whole-device resources beyond the vendors that Berth knows. "
                 "Each item:\n\n",
                 kDeviceClasses);
  AppendTable(out, DeviceClassSettings(), "");
  return out;
}

}  // namespace berth::config
