#include "berth/sim/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "berth/base/csv.h"
#include "berth/cluster/device.h"

namespace berth::sim {
namespace {

constexpr std::array kNodeColumns = {
    CsvColumn{"sn"},        CsvColumn{"cpu_milli", true}, CsvColumn{"memory_mib", true},
    CsvColumn{"gpu", true}, CsvColumn{"model"},
};

// The last three are of the openb trace, and nobody here asks for them.
constexpr std::array kPodColumns = {
    CsvColumn{"name"},          CsvColumn{"cpu_milli", true}, CsvColumn{"memory_mib", true},
    CsvColumn{"num_gpu", true}, CsvColumn{"gpu_milli", true}, CsvColumn{"gpu_spec"},
    CsvColumn{"creation_time"}, CsvColumn{"deletion_time"},   CsvColumn{"scheduled_time"},
    CsvColumn{"qos"},           CsvColumn{"pod_phase"},
};

constexpr std::int64_t kMostCpu = 1'000'000'000;      // millicores: a million CPUs
constexpr std::int64_t kMostMemory = 1'000'000'000;   // MiB: almost a PiB
constexpr std::int64_t kMostSeconds = 3'000'000'000;  // 95 years

Result<TraceNode> NodeOf(const CsvRow& row, std::size_t index) {
  BERTH_ASSIGN_OR_RETURN(const std::int64_t cpu, row.Integer("cpu_milli", 0, kMostCpu));
  BERTH_ASSIGN_OR_RETURN(const std::int64_t memory, row.Integer("memory_mib", 0, kMostMemory));
  BERTH_ASSIGN_OR_RETURN(const std::int64_t devices, row.Integer("gpu", 0, cluster::kMaxDevices));
  const std::string_view name = row.Text("sn");
  return TraceNode{.name = name.empty() ? fmt::format("node-{}", index) : std::string(name),
                   .cpu = Millicores(cpu),
                   .memory = MiB(memory),
                   .devices = static_cast<int>(devices),
                   .model = std::string(row.Text("model"))};
}

// "A|B" to A and B. Empty names say nothing.
std::vector<std::string> ModelsOf(std::string_view spec) {
  std::vector<std::string> models;
  while (!spec.empty()) {
    const std::size_t bar = spec.find('|');
    if (bar != 0) {
      models.emplace_back(spec.substr(0, bar));
    }
    spec.remove_prefix(bar == std::string_view::npos ? spec.size() : bar + 1);
  }
  return models;
}

Result<Millidevices> ShareOf(const CsvRow& row, std::int64_t devices) {
  BERTH_ASSIGN_OR_RETURN(const std::int64_t share,
                         row.Integer("gpu_milli", 0, kWholeDevice.count()));
  if (devices == 0 && share != 0) {
    return row.Wrong("gpu_milli", "expected 0 where num_gpu is 0");
  }
  if (devices > 0 && share == 0) {
    return row.Wrong("gpu_milli", "expected at least 1 where num_gpu is not 0");
  }
  if (devices > 1 && share != kWholeDevice.count()) {
    return row.Wrong("gpu_milli", "expected 1000 where num_gpu is above 1");
  }
  return Millidevices(share);
}

Result<Duration> TimeOf(const CsvRow& row, std::string_view column, Duration least) {
  using std::chrono::seconds;
  BERTH_ASSIGN_OR_RETURN(
      const std::int64_t time,
      row.Integer(column, std::chrono::duration_cast<seconds>(least).count(), kMostSeconds));
  return Duration(seconds(time));
}

Result<TracePod> PodOf(const CsvRow& row, std::size_t index, bool timed) {
  BERTH_ASSIGN_OR_RETURN(const std::int64_t cpu, row.Integer("cpu_milli", 0, kMostCpu));
  BERTH_ASSIGN_OR_RETURN(const std::int64_t memory, row.Integer("memory_mib", 0, kMostMemory));
  BERTH_ASSIGN_OR_RETURN(const std::int64_t devices,
                         row.Integer("num_gpu", 0, cluster::kMaxDevices));
  BERTH_ASSIGN_OR_RETURN(const Millidevices share, ShareOf(row, devices));
  const std::string_view name = row.Text("name");
  TracePod pod{.name = name.empty() ? fmt::format("pod-{}", index) : std::string(name),
               .cpu = Millicores(cpu),
               .memory = MiB(memory),
               .devices = static_cast<int>(devices),
               .share = share,
               .models = ModelsOf(row.Text("gpu_spec"))};
  if (timed) {
    BERTH_ASSIGN_OR_RETURN(pod.created, TimeOf(row, "creation_time", {}));
    BERTH_ASSIGN_OR_RETURN(pod.deleted, TimeOf(row, "deletion_time", pod.created));
  }
  return pod;
}

Result<std::vector<std::uint32_t>> ReadNumbers(std::string_view text, std::string_view file,
                                               std::size_t limit) {
  std::vector<std::uint32_t> numbers;
  for (const std::string_view line : LinesOf(text)) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc() || end != line.data() + line.size() || number >= limit) {
      return InvalidArgument(fmt::format("{}:{}: expected a whole number below {}, found '{}'",
                                         file, numbers.size() + 1, limit, line));
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

Millidevices CapacityOf(std::span<const TraceNode> nodes) {
  Millidevices capacity;
  for (const TraceNode& node : nodes) {
    capacity += kWholeDevice * node.devices;
  }
  return capacity;
}

Result<std::vector<TraceNode>> ReadTraceNodes(std::string_view csv, std::string_view file) {
  BERTH_ASSIGN_OR_RETURN(const CsvTable table, CsvTable::Parse(csv, file, kNodeColumns));
  std::vector<TraceNode> nodes;
  std::unordered_set<std::string> names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    BERTH_ASSIGN_OR_RETURN(const CsvRow row, table.Row(i));
    BERTH_ASSIGN_OR_RETURN(TraceNode node, NodeOf(row, i));
    if (!names.insert(node.name).second) {
      return row.Wrong("sn", fmt::format("'{}' comes twice", node.name));
    }
    nodes.push_back(std::move(node));
  }
  if (std::ranges::all_of(nodes, [](const TraceNode& node) { return node.devices == 0; })) {
    return InvalidArgument(fmt::format("{}: no node has a GPU", file));
  }
  return nodes;
}

Result<TracePods> ReadTracePods(std::string_view csv, std::string_view file) {
  BERTH_ASSIGN_OR_RETURN(const CsvTable table, CsvTable::Parse(csv, file, kPodColumns));
  TracePods pods{.timed = table.Has("creation_time") && table.Has("deletion_time")};
  for (std::size_t i = 0; i < table.size(); ++i) {
    BERTH_ASSIGN_OR_RETURN(const CsvRow row, table.Row(i));
    BERTH_ASSIGN_OR_RETURN(TracePod pod, PodOf(row, i, pods.timed));
    pods.rows.push_back(std::move(pod));
  }
  if (pods.rows.empty()) {
    return InvalidArgument(fmt::format("{}: there are no pods", file));
  }
  return pods;
}

Result<std::vector<std::uint32_t>> ReadArrivals(std::string_view text, std::string_view file,
                                                std::size_t pods) {
  BERTH_ASSIGN_OR_RETURN(std::vector<std::uint32_t> rows, ReadNumbers(text, file, pods));
  if (rows.empty()) {
    return InvalidArgument(fmt::format("{}: there are no arrivals", file));
  }
  return rows;
}

Result<std::vector<std::uint32_t>> ReadRanks(std::string_view text, std::string_view file,
                                             std::size_t nodes) {
  BERTH_ASSIGN_OR_RETURN(std::vector<std::uint32_t> ranks, ReadNumbers(text, file, nodes));
  if (ranks.size() != nodes) {
    return InvalidArgument(fmt::format("{}: expected {} ranks, one for each node, found {}", file,
                                       nodes, ranks.size()));
  }
  std::vector<bool> given(nodes);
  for (std::size_t i = 0; i < nodes; ++i) {
    if (given[ranks[i]]) {
      return InvalidArgument(fmt::format("{}:{}: rank {} comes twice", file, i + 1, ranks[i]));
    }
    given[ranks[i]] = true;
  }
  return ranks;
}

}  // namespace berth::sim
