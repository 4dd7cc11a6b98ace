#include "berth/config/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "berth/cluster/device.h"
#include "setting.h"
#include "settings.h"
#include "table_reader.h"

namespace berth::config {
namespace {

constexpr std::string_view kTraceKind = "Trace";
constexpr std::string_view kNodes = "nodes";
constexpr std::string_view kPods = "pods";
constexpr std::size_t kMaxGroups = 4096;
constexpr std::int64_t kWhole = 1000;                        // parts of a device
constexpr std::int64_t kMostCpu = 1'000'000'000;             // millicores
constexpr std::int64_t kMostMemory = std::int64_t{1} << 50;  // a PiB

template <typename Group>
constexpr std::array<Setting<Group>, 5> SettingsOfBoth(std::int64_t most) {
  return {{
      {{.path = "name", .type = SettingType::kName, .help = "Begins the names of the group."},
       Field<&Group::name>()},
      {{.path = "count", .type = SettingType::kCount, .min = 1, .max = most, .help = "How many."},
       Field<&Group::count>()},
      {{.path = "cpu", .type = SettingType::kMilli, .max = kMostCpu, .help = "Of each."},
       Field<&Group::cpu>()},
      {{.path = "memory",
        .type = SettingType::kSize,
        .max = kMostMemory,
        .help = "Of each, of the host."},
       Field<&Group::memory>()},
      {{.path = "devices",
        .type = SettingType::kCount,
        .max = cluster::kMaxDevices,
        .help = "Of each."},
       Field<&Group::devices>()},
  }};
}

template <typename Group, std::size_t Both, std::size_t Own>
constexpr std::array<Setting<Group>, Both + Own> Together(
    const std::array<Setting<Group>, Both>& both, const std::array<Setting<Group>, Own>& own) {
  std::array<Setting<Group>, Both + Own> all{};
  std::ranges::copy(both, all.begin());
  std::ranges::copy(own, all.begin() + Both);
  return all;
}

constexpr std::array<Setting<TraceNodeGroup>, 1> kOwnNodeSettings = {{
    {{.path = "model", .type = SettingType::kProduct, .help = "Of the devices."},
     Field<&TraceNodeGroup::model>()},
}};
constexpr std::array<Setting<TracePodGroup>, 2> kOwnPodSettings = {{
    {{.path = "share",
      .type = SettingType::kMilli,
      .min = 1,
      .max = kWhole,
      .help = "Of each device; less than 1 of one device only."},
     Field<&TracePodGroup::share_milli>()},
    {{.path = "models", .type = SettingType::kProducts, .help = "That will do; none: any."},
     Field<&TracePodGroup::models>()},
}};

constexpr auto kNodeSettings =
    Together(SettingsOfBoth<TraceNodeGroup>(kMostTraceNodes), kOwnNodeSettings);
constexpr auto kPodSettings =
    Together(SettingsOfBoth<TracePodGroup>(kMostTracePods), kOwnPodSettings);

class TraceReader {
 public:
  ParsedTrace Read(std::string_view text) {
    const Node* const root =
        reader_.Open(text, {.api_version = kApiVersion, .kind = kTraceKind, .what = "a trace"});
    if (root != nullptr) {
      ReadRoot(*root);
    }
    trace_.complaints = reader_.TakeComplaints();
    if (root == nullptr && trace_.complaints.empty()) {
      trace_.complaints.push_back(
          {1, 1, "", "is empty, expected a map with apiVersion, kind, nodes, pods"});
    }
    return std::move(trace_);
  }

 private:
  void ReadRoot(const Node& root) {
    const std::array<Nested, 4> nested = {{
        {.key = kNodes,
         .read =
             [&](const Node& list, const std::string& path) {
               trace_.nodes = ReadGroups<TraceNodeGroup>(list, path, kNodeSettings, kMostTraceNodes,
                                                         [](const auto&...) {});
             }},
        {.key = kPods,
         .read =
             [&](const Node& list, const std::string& path) {
               trace_.pods = ReadGroups<TracePodGroup>(
                   list, path, kPodSettings, kMostTracePods,
                   [this](const Node& item, const std::string& at, const TracePodGroup& group) {
                     CheckShare(item, at, group);
                   });
             }},
        {.key = "apiVersion", .read = {}},
        {.key = "kind", .read = {}},
    }};
    struct NoSettings {
    } none;
    reader_.ReadMap(root, "", std::span<const Setting<NoSettings>>(), none, nested);
    Require(root, kNodes, trace_.nodes.empty());
    Require(root, kPods, trace_.pods.empty());
  }

  void Require(const Node& root, std::string_view key, bool is_empty) {
    if (is_empty && (root.Find(key) == nullptr || root.Find(key)->kind == Node::Kind::kList)) {
      reader_.Complain(PlaceOf(root), key, fmt::format("is missing or empty, expected {}", key));
    }
  }

  template <typename Group>
  std::vector<Group> ReadGroups(const Node& list, const std::string& path,
                                std::span<const Setting<Group>> settings, std::int64_t most,
                                auto check) {
    std::vector<Group> groups;
    std::int64_t total = 0;
    reader_.EachItem(list, path, path, KeysBelow(SpecsOf(settings), ""), kMaxGroups,
                     [&](const Node& item, const std::string& at) {
                       Group group;
                       reader_.ReadMap(item, at, settings, group);
                       total += group.count;
                       check(item, at, group);
                       groups.push_back(std::move(group));
                     });
    if (total > most) {
      reader_.Complain(PlaceOf(list), path, fmt::format("are {}, at most {}", total, most));
    }
    return groups;
  }

  void CheckShare(const Node& item, const std::string& path, const TracePodGroup& group) {
    const std::string share = Child(path, "share");
    if (group.devices == 1 || !reader_.IsGiven(share) || reader_.IsMalformed(share)) {
      return;
    }
    if (group.devices == 0 || group.share_milli != kWhole) {
      reader_.ComplainOfPair(
          PlaceOf(item), share, Child(path, "devices"),
          fmt::format("is a part of one device, of {} it must be 1 or left out", group.devices));
    }
  }

  TableReader reader_;
  ParsedTrace trace_;
};

}  // namespace

ParsedTrace ParseTrace(std::string_view text) { return TraceReader().Read(text); }

}  // namespace berth::config
