#include "berth/observe/resources.h"

#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "berth/base/check.h"
#include "berth/observe/metric_table.h"

namespace berth::observe {
namespace {

std::string Escaped(std::string_view label_value) {
  std::string out;
  out.reserve(label_value.size());
  for (const char c : label_value) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '"':
        out += "\\\"";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        out += c;
    }
  }
  return out;
}

class Text {
 public:
  explicit Text(std::size_t nodes) { text_.reserve(1024 + nodes * 5 * 80); }

  void Begin(std::string_view metric) {
    const MetricSpec* spec = FindMetric(metric);
    BERTH_CHECK(spec != nullptr);
    BERTH_CHECK(spec->page == MetricPage::kResources);
    metric_ = metric;
    for (const std::string_view part :
         {std::string_view("# HELP "), metric, std::string_view(" "), spec->help,
          std::string_view("\n# TYPE "), metric, std::string_view(" gauge\n")}) {
      text_ += part;
    }
  }

  // `more` is ready text between the node and the closing brace.
  template <typename Number>
  void Sample(std::string_view node, std::string_view more, Number value) {
    text_ += metric_;
    text_ += "{node=\"";
    text_ += node;
    text_ += '"';
    text_ += more;
    text_ += "} ";
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text_.append(digits.data(), end);
    text_ += '\n';
  }

  std::string Take() && { return std::move(text_); }

 private:
  std::string text_;
  std::string_view metric_;
};

constexpr std::string_view kCapacity = R"(,state="capacity")";
constexpr std::string_view kAllocated = R"(,state="allocated")";

}  // namespace

std::string RenderResources(std::span<const NodeResources> nodes) {
  std::vector<std::string> names;
  names.reserve(nodes.size());
  for (const NodeResources& node : nodes) {
    names.push_back(Escaped(node.node));
  }
  Text text(nodes.size());
  text.Begin("berth_node_gpu_memory_bytes");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    text.Sample(names[i], kCapacity, nodes[i].memory_capacity.count());
    text.Sample(names[i], kAllocated, nodes[i].memory_allocated.count());
  }
  text.Begin("berth_node_gpu_devices");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    text.Sample(names[i], kCapacity, nodes[i].devices);
    text.Sample(names[i], kAllocated, nodes[i].devices_allocated);
  }
  text.Begin("berth_node_load_ratio");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (const std::optional<double> load = nodes[i].load) {
      text.Sample(names[i], {}, *load);
    }
  }
  text.Begin("berth_node_overcommitted_devices");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].devices_overcommitted != 0) {
      text.Sample(names[i], {}, nodes[i].devices_overcommitted);
    }
  }
  return std::move(text).Take();
}

}  // namespace berth::observe
