#include "berth/config/configuration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "document.h"
#include "json_text.h"
#include "near_names.h"
#include "quantities.h"
#include "settings.h"

namespace berth::config {
namespace {

// People write these; a file of this size is something else.
constexpr std::size_t kMaxText = std::size_t{1} << 20;
constexpr std::size_t kMaxComplaints = 100;

struct Place {
  int line = 1;
  int column = 1;
};

Place PlaceOf(const Node& node) { return {node.line, node.column}; }
Place PlaceOf(const Entry& entry) { return {entry.line, entry.column}; }

std::string Shown(std::string_view text) {
  constexpr std::size_t kMaxShown = 64;
  std::string shown;
  AppendQuoted(shown, text.substr(0, kMaxShown));
  return text.size() > kMaxShown ? shown + "..." : shown;
}

std::string Shown(const Node& node) {
  if (node.kind != Node::Kind::kScalar) {
    return std::string(TypeName(node));
  }
  return std::holds_alternative<std::string>(node.scalar) ? Shown(node.text) : node.text;
}

std::string Child(std::string_view path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

// One scalar of the file as a setting's value, or what is wrong with it.
Result<SettingValue> ReadValue(const SettingSpec& spec, const Node& node) {
  const auto wrong_type = [&] {
    if (spec.type == SettingType::kChoice) {
      return InvalidArgument(
          fmt::format("found {}, expected one of: {}", Shown(node), PrintAllowed(spec)));
    }
    return InvalidArgument(
        fmt::format("found {}{}, expected {}", Shown(node),
                    node.kind == Node::Kind::kScalar ? fmt::format(" ({})", TypeName(node)) : "",
                    Describe(spec.type)));
  };
  const auto in_range = [&](auto number) -> Result<SettingValue> {
    using Number = decltype(number);
    if (number >= static_cast<Number>(spec.min) && number <= static_cast<Number>(spec.max)) {
      return SettingValue(number);
    }
    return InvalidArgument(
        fmt::format("{} is out of range, allowed is {}", Shown(node), PrintAllowed(spec)));
  };
  if (node.kind != Node::Kind::kScalar) {
    return wrong_type();
  }
  const auto* const integer = std::get_if<std::int64_t>(&node.scalar);
  const bool text = std::holds_alternative<std::string>(node.scalar);
  switch (spec.type) {
    case SettingType::kFlag:
      if (const auto* flag = std::get_if<bool>(&node.scalar)) {
        return SettingValue(*flag);
      }
      return wrong_type();
    case SettingType::kCount:
      return integer != nullptr ? in_range(*integer) : wrong_type();
    case SettingType::kDecimal:
      if (const auto* decimal = std::get_if<double>(&node.scalar)) {
        return in_range(*decimal);
      }
      return integer != nullptr ? in_range(static_cast<double>(*integer)) : wrong_type();
    case SettingType::kSize: {
      const std::optional<std::int64_t> size = integer != nullptr ? *integer : ParseSize(node.text);
      return size ? in_range(*size) : wrong_type();
    }
    case SettingType::kDuration: {
      const std::optional<Duration> duration = ParseDuration(node.text);
      return duration ? in_range(static_cast<std::int64_t>(duration->count())) : wrong_type();
    }
    case SettingType::kChoice: {
      const auto choice = std::ranges::find(spec.choices, node.text);
      if (!text || choice == spec.choices.end()) {
        return wrong_type();
      }
      return SettingValue(static_cast<std::int64_t>(choice - spec.choices.begin()));
    }
    case SettingType::kAddress:
      if (!text) {
        return wrong_type();
      }
      if (const std::string problem = CheckAddress(node.text); !problem.empty()) {
        return InvalidArgument(
            fmt::format("{} {}, expected {}", Shown(node), problem, Describe(spec.type)));
      }
      return SettingValue(node.text);
    case SettingType::kResource:
      if (!text || !IsExtendedResource(node.text)) {
        return wrong_type();
      }
      if (node.text.starts_with("berth.dev/")) {
        return InvalidArgument(
            fmt::format("{} is Berth's own; name the vendor's resource", Shown(node)));
      }
      return SettingValue(node.text);
    case SettingType::kLabel:
      return text && IsQualifiedName(node.text) ? Result<SettingValue>(SettingValue(node.text))
                                                : wrong_type();
  }
  return wrong_type();
}

// Keys that a map at `prefix` may have, by the table's dotted paths.
template <typename Owner>
std::vector<std::string> KeysBelow(std::span<const Setting<Owner>> table, std::string_view prefix) {
  std::vector<std::string> keys;
  for (const Setting<Owner>& setting : table) {
    std::string_view path = setting.spec.path;
    if (!prefix.empty()) {
      if (!path.starts_with(prefix) || path.size() <= prefix.size() || path[prefix.size()] != '.') {
        continue;
      }
      path.remove_prefix(prefix.size() + 1);
    }
    std::string key(path.substr(0, path.find('.')));
    if (std::ranges::find(keys, key) == keys.end()) {
      keys.push_back(std::move(key));
    }
  }
  return keys;
}

class Reader {
 public:
  Parsed Read(std::string_view text) {
    if (text.size() > kMaxText) {
      Complain({}, "", fmt::format("the file is larger than {}", FormatSize(kMaxText)));
      return Finish();
    }
    const Documents documents = ReadDocuments(text);
    for (const Complaint& complaint : documents.complaints) {
      Add(complaint);
    }
    if (documents.documents.empty()) {
      return Finish();
    }
    if (documents.documents.size() > 1) {
      Complain(PlaceOf(*documents.documents[1]), "",
               "a second document; a configuration is one document");
    }
    const Node& root = *documents.documents.front();
    if (root.kind != Node::Kind::kMap) {
      Complain(PlaceOf(root), "", fmt::format("found {}, expected a map of settings", Shown(root)));
      return Finish();
    }
    ExpectText(root, "apiVersion", kApiVersion);
    ExpectText(root, "kind", kKind);
    ReadMap(root, "", "", Settings(), configuration_);
    CheckAgainstEachOther(PlaceOf(root));
    return Finish();
  }

 private:
  void Add(Complaint complaint) {
    if (complaints_.size() < kMaxComplaints) {
      complaints_.push_back(std::move(complaint));
    } else {
      ++unshown_;
    }
  }
  void Complain(Place at, std::string_view path, std::string message,
                Severity severity = Severity::kError) {
    Add({at.line, at.column, std::string(path), std::move(message), severity});
  }

  Parsed Finish() {
    SortByPlace(complaints_);
    if (unshown_ > 0) {
      complaints_.push_back({complaints_.back().line, complaints_.back().column, "",
                             fmt::format("and {} more complaints", unshown_)});
    }
    return {std::move(configuration_), std::move(complaints_)};
  }

  void ExpectText(const Node& root, std::string_view key, std::string_view wanted) {
    const Node* const node = root.Find(key);
    if (node == nullptr) {
      Complain(PlaceOf(root), key, fmt::format("is missing, expected {}", wanted));
    } else if (node->kind != Node::Kind::kScalar || node->text != wanted) {
      Complain(PlaceOf(*node), key, fmt::format("found {}, expected {}", Shown(*node), wanted));
    }
  }

  // `prefix` is the map's path within the table, `path` within the file.
  template <typename Owner>
  void ReadMap(const Node& map, std::string_view prefix, const std::string& path,
               std::span<const Setting<Owner>> table, Owner& owner) {
    constexpr bool kIsConfiguration = std::is_same_v<Owner, Configuration>;
    const bool is_root = kIsConfiguration && prefix.empty();
    std::vector<std::string> known = KeysBelow(table, prefix);
    if (is_root) {
      known.insert(known.end(), {std::string(kDeviceClasses), "apiVersion", "kind"});
    }
    std::unordered_map<std::string_view, int> first_lines;
    for (const Entry& entry : map.entries) {
      const std::string here = Child(path, entry.key);
      const auto [first, is_new] = first_lines.emplace(entry.key, entry.line);
      if (!is_new) {
        Complain(PlaceOf(entry), here,
                 fmt::format("is given twice, first on line {}", first->second));
        continue;
      }
      if (std::ranges::find(known, entry.key) == known.end()) {
        ComplainUnknown<Owner>(entry, path, known);
        continue;
      }
      if (entry.value->is_null()) {
        continue;
      }
      const std::string in_table = Child(prefix, entry.key);
      const auto setting = std::ranges::find_if(
          table, [&](const Setting<Owner>& s) { return s.spec.path == in_table; });
      if (setting != table.end()) {
        ReadSetting(*setting, *entry.value, here, owner);
      } else if (is_root && entry.key == kDeviceClasses) {
        ReadDeviceClasses(*entry.value);
      } else if (is_root && (entry.key == "apiVersion" || entry.key == "kind")) {
        continue;  // checked before
      } else if (entry.value->kind != Node::Kind::kMap) {
        Complain(PlaceOf(*entry.value), here,
                 fmt::format("found {}, expected a map with: {}", Shown(*entry.value),
                             fmt::join(KeysBelow(table, in_table), ", ")));
      } else {
        ReadMap(*entry.value, in_table, here, table, owner);
      }
    }
  }

  template <typename Owner>
  void ReadSetting(const Setting<Owner>& setting, const Node& node, const std::string& path,
                   Owner& owner) {
    places_[path] = PlaceOf(node);
    const Result<SettingValue> value = ReadValue(setting.spec, node);
    if (value) {
      setting.field.set(owner, *value);
    } else {
      malformed_.insert(path);
      Complain(PlaceOf(node), path, value.error().message);
    }
  }

  template <typename Owner>
  void ComplainUnknown(const Entry& entry, const std::string& path,
                       const std::vector<std::string>& known) {
    if (complaints_.size() >= kMaxComplaints) {
      ++unshown_;
      return;
    }
    std::string message = fmt::format("unknown key {}", Shown(entry.key));
    std::vector<std::string> near = NearNames(entry.key, known);
    if (near.empty() && std::is_same_v<Owner, Configuration>) {
      near = NearSettings(entry.key);
    }
    if (!near.empty()) {
      message += fmt::format(", did you mean {}?", fmt::join(near, " or "));
    }
    message += fmt::format("{} known here: {}", near.empty() ? ";" : "", fmt::join(known, ", "));
    Complain(PlaceOf(entry), path, std::move(message));
  }

  // Settings elsewhere in the file that the key may stand for: "shortlist" at the top level.
  static std::vector<std::string> NearSettings(std::string_view key) {
    const std::string_view leaf = key.substr(key.rfind('.') + 1);
    std::vector<std::string> paths;
    for (const Setting<Configuration>& setting : Settings()) {
      const std::string_view path = setting.spec.path;
      if (path.substr(path.rfind('.') + 1) == leaf) {
        paths.emplace_back(path);
      }
    }
    return paths;
  }

  void ReadDeviceClasses(const Node& list) {
    if (list.kind != Node::Kind::kList) {
      Complain(PlaceOf(list), kDeviceClasses,
               fmt::format("found {}, expected a list of device classes", Shown(list)));
      return;
    }
    std::map<std::string, std::size_t> by_resource;
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const Node& item = *list.items[i];
      const std::string path = fmt::format("{}[{}]", kDeviceClasses, i);
      if (item.kind != Node::Kind::kMap) {
        Complain(PlaceOf(item), path,
                 fmt::format("found {}, expected a map with: {}", Shown(item),
                             fmt::join(KeysBelow(DeviceClassSettings(), ""), ", ")));
        continue;
      }
      DeviceClassSetting device_class;
      ReadMap(item, "", path, DeviceClassSettings(), device_class);
      for (const Setting<DeviceClassSetting>& setting : DeviceClassSettings()) {
        if (setting.spec.required && item.Find(setting.spec.path) == nullptr) {
          Complain(PlaceOf(item), Child(path, setting.spec.path),
                   fmt::format("is missing, expected {}", Describe(setting.spec.type)));
        }
      }
      if (!device_class.resource.empty()) {
        const auto [first, is_new] = by_resource.emplace(device_class.resource, i);
        if (!is_new) {
          Complain(places_[Child(path, "resource")], Child(path, "resource"),
                   fmt::format("{} is the resource of {}[{}] already", device_class.resource,
                               kDeviceClasses, first->second));
        }
      }
      configuration_.device_classes.push_back(std::move(device_class));
    }
  }

  // Complains at `path`, or at the other setting where only that one is in the file. Says nothing
  // where one of the two has a complaint of its own.
  void ComplainOfPair(Place root, std::string_view path, std::string_view other,
                      std::string message) {
    if (malformed_.contains(path) || malformed_.contains(other)) {
      return;
    }
    const std::string_view at = places_.contains(path) ? path : other;
    const auto place = places_.find(at);
    Complain(place != places_.end() ? place->second : root, at, std::move(message));
  }

  void CheckAgainstEachOther(Place root) {
    const Configuration::Scheduler& scheduler = configuration_.scheduler;
    if (scheduler.shortlist == 1) {
      Complain(places_["scheduler.shortlist"], "scheduler.shortlist",
               "1 leaves nothing to choose, expected 0 (off) or at least 2");
    }
    if (scheduler.max_total_body_bytes < scheduler.max_body_bytes) {
      ComplainOfPair(
          root, "scheduler.maxTotalBodySize", "scheduler.maxBodySize",
          fmt::format("maxTotalBodySize {} is less than maxBodySize {}",
                      FormatSize(static_cast<std::int64_t>(scheduler.max_total_body_bytes)),
                      FormatSize(static_cast<std::int64_t>(scheduler.max_body_bytes))));
    }
    const Address verbs = SplitAddress(scheduler.listen);
    const Address operations = SplitAddress(configuration_.operations.listen);
    const auto everywhere = [](std::string_view host) {
      return host.empty() || host == "0.0.0.0" || host == "::";
    };
    if (verbs.port == operations.port && verbs.port.find_first_not_of('0') != std::string::npos &&
        (verbs.host == operations.host || everywhere(verbs.host) || everywhere(operations.host))) {
      ComplainOfPair(root, "operations.listen", "scheduler.listen",
                     fmt::format("scheduler.listen {} and operations.listen {} are the same port",
                                 scheduler.listen, configuration_.operations.listen));
    }
    constexpr Duration kDefaultHttpTimeout = std::chrono::seconds(5);
    if (configuration_.kubernetes.bind_timeout >= kDefaultHttpTimeout) {
      Complain(places_["kubernetes.bindTimeout"], "kubernetes.bindTimeout",
               fmt::format("{} needs a higher httpTimeout in kube-scheduler's configuration, which "
                           "is 5s when unset",
                           FormatDuration(configuration_.kubernetes.bind_timeout)),
               Severity::kWarning);
    }
  }

  Configuration configuration_;
  std::vector<Complaint> complaints_;
  std::size_t unshown_ = 0;
  std::map<std::string, Place, std::less<>> places_;  // of every setting in the file, by path
  std::set<std::string, std::less<>> malformed_;      // those with a complaint of their own
};

}  // namespace

Parsed ParseConfiguration(std::string_view text) { return Reader().Read(text); }

}  // namespace berth::config
