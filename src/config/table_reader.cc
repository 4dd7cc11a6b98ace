#include "table_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "berth/base/result.h"
#include "json_text.h"
#include "near_names.h"
#include "quantities.h"

namespace berth::config {
namespace {

constexpr std::size_t kMaxComplaints = 100;

// One scalar of the file as a setting's value, or what is wrong with it.
Result<SettingValue> ReadScalar(const SettingSpec& spec, const Node& node) {
  const bool is_word = spec.type == SettingType::kChoice || spec.type == SettingType::kWord;
  const auto wrong_type = [&] {
    if (is_word) {
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
    const auto min = static_cast<Number>(spec.min);
    if (number >= min && number <= static_cast<Number>(spec.max) &&
        (!spec.above_min || number > min)) {
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
  const auto text_if = [&](bool formed) -> Result<SettingValue> {
    return text && formed ? Result<SettingValue>(SettingValue(node.text)) : wrong_type();
  };
  // "" says as much as leaving it out.
  const bool left_out = node.text.empty() && !spec.required;
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
    case SettingType::kMilli: {
      const std::optional<std::int64_t> milli = ParseMilli(node.text);
      return milli ? in_range(*milli) : wrong_type();
    }
    case SettingType::kSize: {
      const std::optional<std::int64_t> size = integer != nullptr ? *integer : ParseSize(node.text);
      return size ? in_range(*size) : wrong_type();
    }
    case SettingType::kDuration: {
      const std::optional<Duration> duration = ParseDuration(node.text);
      return duration ? in_range(static_cast<std::int64_t>(duration->count())) : wrong_type();
    }
    case SettingType::kBandwidth: {
      const std::optional<std::int64_t> bandwidth = ParseBandwidth(node.text);
      return bandwidth ? in_range(static_cast<double>(*bandwidth)) : wrong_type();
    }
    case SettingType::kChoice:
    case SettingType::kWord: {
      const auto choice = std::ranges::find(spec.choices, node.text);
      if (!text || choice == spec.choices.end()) {
        return wrong_type();
      }
      return spec.type == SettingType::kWord
                 ? SettingValue(node.text)
                 : SettingValue(static_cast<std::int64_t>(choice - spec.choices.begin()));
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
      if (text && node.text.starts_with("berth.dev/")) {
        return InvalidArgument(
            fmt::format("{} is Berth's own; name the vendor's resource", Shown(node)));
      }
      return text_if(IsExtendedResource(node.text));
    case SettingType::kUrl:
      return text_if(left_out || IsUrl(node.text));
    case SettingType::kPath:
      return text_if(left_out || (!node.text.empty() && HasNoControls(node.text)));
    case SettingType::kTime:
      return text_if(left_out || ParseRfc3339(node.text).has_value());
    case SettingType::kLabel:
      return text_if(left_out || IsQualifiedName(node.text));
    case SettingType::kMetric:
      return text_if(left_out || IsMetricName(node.text));
    case SettingType::kName:
      return text_if(left_out || IsName(node.text));
    case SettingType::kModelName:
      return text_if(IsModelName(node.text));
    case SettingType::kId:
      return text_if(left_out || IsId(node.text));
    case SettingType::kProduct:
      return text_if(!node.text.empty() && HasNoControls(node.text) && node.text.front() != ' ' &&
                     node.text.back() != ' ' && node.text.find(',') == std::string::npos);
    case SettingType::kNames:
    case SettingType::kIds:
    case SettingType::kProducts:
    case SettingType::kLabels:
      break;  // no scalars
  }
  return wrong_type();
}

// What one item of the list is.
SettingSpec ItemOf(const SettingSpec& spec) {
  SettingSpec item = spec;
  item.required = true;
  item.type = spec.type == SettingType::kNames ? SettingType::kName
              : spec.type == SettingType::kIds ? SettingType::kId
                                               : SettingType::kProduct;
  return item;
}

}  // namespace

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

std::vector<std::string> KeysBelow(std::span<const SettingSpec> specs, std::string_view prefix) {
  std::vector<std::string> keys;
  for (const SettingSpec& spec : specs) {
    std::string_view path = spec.path;
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

const Node* TableReader::Open(std::string_view text, const Header& header) {
  if (text.size() > kMaxText) {
    Complain({}, "", fmt::format("the file is larger than {}", FormatSize(kMaxText)));
    return nullptr;
  }
  documents_ = ReadDocuments(text);
  for (const Complaint& complaint : documents_.complaints) {
    Complain({complaint.line, complaint.column}, complaint.path, complaint.message,
             complaint.severity);
  }
  if (documents_.documents.empty()) {
    return nullptr;
  }
  if (documents_.documents.size() > 1) {
    Complain(PlaceOf(*documents_.documents[1]), "",
             fmt::format("a second document; {} is one document", header.what));
  }
  const Node& root = *documents_.documents.front();
  if (root.kind != Node::Kind::kMap) {
    Complain(PlaceOf(root), "", fmt::format("found {}, expected a map of settings", Shown(root)));
    return nullptr;
  }
  if (!header.kind.empty()) {
    ExpectText(root, "apiVersion", header.api_version);
    ExpectText(root, "kind", header.kind);
  }
  return &root;
}

void TableReader::ExpectText(const Node& root, std::string_view key, std::string_view wanted) {
  const Node* const node = root.Find(key);
  if (node == nullptr) {
    Complain(PlaceOf(root), key, fmt::format("is missing, expected {}", wanted));
  } else if (node->kind != Node::Kind::kScalar || node->text != wanted) {
    Complain(PlaceOf(*node), key, fmt::format("found {}, expected {}", Shown(*node), wanted));
  }
}

void TableReader::ReadRows(const Node& map, const std::string& path, std::string_view prefix,
                           std::span<const SettingSpec> specs, std::span<const Nested> nested,
                           const SetRow& set) {
  std::vector<std::string> known = KeysBelow(specs, prefix);
  for (const Nested& list : nested) {
    known.emplace_back(list.key);
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
      ComplainUnknown(entry, path, known);
      continue;
    }
    if (entry.value->is_null()) {
      continue;
    }
    const std::string in_table = Child(prefix, entry.key);
    const auto spec = std::ranges::find(specs, in_table, &SettingSpec::path);
    const auto list = std::ranges::find(nested, entry.key, &Nested::key);
    if (spec != specs.end()) {
      if (const std::optional<SettingValue> value = Read(*spec, *entry.value, here)) {
        set(static_cast<std::size_t>(spec - specs.begin()), *value);
      }
    } else if (list != nested.end()) {
      if (list->read) {
        list->read(*entry.value, here);
      }
    } else if (entry.value->kind != Node::Kind::kMap) {
      Complain(PlaceOf(*entry.value), here,
               fmt::format("found {}, expected a map with: {}", Shown(*entry.value),
                           fmt::join(KeysBelow(specs, in_table), ", ")));
    } else {
      ReadRows(*entry.value, here, in_table, specs, {}, set);
    }
  }
  for (const SettingSpec& spec : specs) {
    if (prefix.empty() && spec.required && map.Find(spec.path) == nullptr) {
      Complain(PlaceOf(map), Child(path, spec.path),
               fmt::format("is missing, expected {}", Describe(spec.type)));
    }
  }
}

std::optional<SettingValue> TableReader::Read(const SettingSpec& spec, const Node& node,
                                              const std::string& path) {
  places_[path] = PlaceOf(node);
  const bool list = IsList(spec.type) && node.kind == Node::Kind::kList;
  const bool labels = spec.type == SettingType::kLabels && node.kind == Node::Kind::kMap;
  if (list || labels) {
    std::optional<SettingValue> value = list ? ReadList(spec, node, path) : ReadLabels(node, path);
    if (!value) {
      malformed_.insert(path);
    }
    return value;
  }
  const Result<SettingValue> value = ReadScalar(spec, node);
  if (!value) {
    malformed_.insert(path);
    Complain(PlaceOf(node), path, value.error().message);
    return std::nullopt;
  }
  return *value;
}

std::optional<SettingValue> TableReader::ReadList(const SettingSpec& spec, const Node& list,
                                                  const std::string& path) {
  if (list.items.size() > kMaxListed) {
    Complain(PlaceOf(list), path,
             fmt::format("found {} items, allowed are {}", list.items.size(), kMaxListed));
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const Node& item = *list.items[i];
    const std::string here = fmt::format("{}[{}]", path, i);
    const Result<SettingValue> name = ReadScalar(ItemOf(spec), item);
    if (!name) {
      Complain(PlaceOf(item), here, name.error().message);
    } else if (std::ranges::find(names, item.text) != names.end()) {
      Complain(PlaceOf(item), here, fmt::format("{} is in the list already", Shown(item)));
    } else {
      names.push_back(item.text);
    }
  }
  return names.size() == list.items.size() ? std::optional<SettingValue>(std::move(names))
                                           : std::nullopt;
}

std::optional<SettingValue> TableReader::ReadLabels(const Node& map, const std::string& path) {
  if (map.entries.size() > kMaxListed) {
    Complain(PlaceOf(map), path,
             fmt::format("found {} labels, allowed are {}", map.entries.size(), kMaxListed));
    return std::nullopt;
  }
  Labels labels;
  for (const Entry& entry : map.entries) {
    const std::string here = Child(path, entry.key);
    const Node& value = *entry.value;
    const bool is_text =
        value.kind == Node::Kind::kScalar && std::holds_alternative<std::string>(value.scalar);
    if (!IsQualifiedName(entry.key)) {
      Complain(
          PlaceOf(entry), path,
          fmt::format("found {}, expected {}", Shown(entry.key), Describe(SettingType::kLabel)));
    } else if (std::ranges::find(labels, entry.key, &Labels::value_type::first) != labels.end()) {
      Complain(PlaceOf(entry), here, "is given twice");
    } else if (!is_text || (!value.text.empty() && !IsName(value.text))) {
      Complain(PlaceOf(value), here,
               fmt::format("found {} ({}), expected the value of a label, a string", Shown(value),
                           TypeName(value)));
    } else {
      labels.emplace_back(entry.key, value.text);
    }
  }
  return labels.size() == map.entries.size() ? std::optional<SettingValue>(std::move(labels))
                                             : std::nullopt;
}

void TableReader::EachItem(
    const Node& list, const std::string& path, std::string_view what,
    const std::vector<std::string>& keys, std::size_t most,
    const std::function<void(const Node& item, const std::string& path)>& read) {
  if (list.kind != Node::Kind::kList) {
    Complain(PlaceOf(list), path,
             fmt::format("found {}, expected a list of {}", Shown(list), what));
    return;
  }
  if (list.items.size() > most) {
    Complain(PlaceOf(list), path,
             fmt::format("found {} {}, allowed are {}", list.items.size(), what, most));
    return;
  }
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const Node& item = *list.items[i];
    const std::string here = fmt::format("{}[{}]", path, i);
    if (item.kind == Node::Kind::kMap) {
      read(item, here);
    } else {
      Complain(
          PlaceOf(item), here,
          fmt::format("found {}, expected a map with: {}", Shown(item), fmt::join(keys, ", ")));
    }
  }
}

void TableReader::Names::Add(TableReader& reader, const std::string& path, std::string_view key,
                             const std::string& value) {
  if (value.empty()) {
    return;  // missing or malformed, complained of
  }
  const auto [first, is_new] = paths_.emplace(value, path);
  if (!is_new) {
    const std::string here = Child(path, key);
    reader.Complain(reader.PlaceOfSetting(here, {}), here,
                    fmt::format("{} is the {} of {} already", value, key, first->second));
  }
}

void TableReader::ComplainUnknown(const Entry& entry, const std::string& path,
                                  const std::vector<std::string>& known) {
  if (IsFull()) {
    Complain(PlaceOf(entry), path, "");
    return;
  }
  std::string message = fmt::format("unknown key {}", Shown(entry.key));
  std::vector<std::string> near = NearNames(entry.key, known);  // costly, hence the above
  if (near.empty() && path.find('[') == std::string::npos) {
    near = NearElsewhere(entry.key);
  }
  if (!near.empty()) {
    message += fmt::format(", did you mean {}?", fmt::join(near, " or "));
  }
  message += fmt::format("{} known here: {}", near.empty() ? ";" : "", fmt::join(known, ", "));
  Complain(PlaceOf(entry), path, std::move(message));
}

// "shortlist" at the top level.
std::vector<std::string> TableReader::NearElsewhere(std::string_view key) const {
  const std::string_view leaf = key.substr(key.rfind('.') + 1);
  std::vector<std::string> paths;
  for (const std::string_view path : elsewhere_) {
    if (path.substr(path.rfind('.') + 1) == leaf) {
      paths.emplace_back(path);
    }
  }
  return paths;
}

bool TableReader::IsFull() const { return complaints_.size() >= kMaxComplaints; }

void TableReader::Complain(Place at, std::string_view path, std::string message,
                           Severity severity) {
  if (IsFull()) {
    ++unshown_;
    unshown_severity_ = std::min(unshown_severity_, severity);
  } else {
    complaints_.push_back({at.line, at.column, std::string(path), std::move(message), severity});
  }
}

Place TableReader::PlaceOfSetting(std::string_view path, Place otherwise) const {
  const auto place = places_.find(path);
  return place != places_.end() ? place->second : otherwise;
}

void TableReader::ComplainOfPair(Place otherwise, std::string_view path, std::string_view other,
                                 std::string message) {
  if (!IsMalformed(path) && !IsMalformed(other)) {
    const std::string_view at = IsGiven(path) ? path : other;
    Complain(PlaceOfSetting(at, otherwise), at, std::move(message));
  }
}

std::vector<Complaint> TableReader::TakeComplaints() {
  SortByPlace(complaints_);
  if (unshown_ > 0) {
    complaints_.push_back({complaints_.back().line, complaints_.back().column, "",
                           fmt::format("and {} more complaints", unshown_), unshown_severity_});
  }
  return std::move(complaints_);
}

}  // namespace berth::config
