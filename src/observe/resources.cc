#include "berth/observe/resources.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/base/check.h"
#include "berth/observe/metric_table.h"

namespace berth::observe {
namespace {

void AppendEscaped(std::string& out, std::string_view label_value) {
  // find(char) is memchr; find_first_of asks it about every character.
  if (std::ranges::none_of(std::string_view("\\\"\n"),
                           [&](char c) { return label_value.find(c) != std::string_view::npos; })) {
    out += label_value;
    return;
  }
  for (const char c : label_value) {
    if (c == '\\' || c == '"' || c == '\n') {
      out += '\\';
    }
    out += c == '\n' ? 'n' : c;
  }
}

// `{node="a",gpu="0"` of each item, escaped once for all metrics.
class LabelTexts {
 public:
  template <typename Items, typename Append>
  LabelTexts(const Items& items, Append append) {
    ends_.reserve(items.size());
    text_.reserve(items.size() * 64);
    for (const auto& item : items) {
      append(item, text_);
      ends_.push_back(text_.size());
    }
  }

  std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(text_).substr(begin, ends_[i] - begin);
  }

 private:
  std::string text_;
  std::vector<std::size_t> ends_;
};

void AppendLabel(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += "=\"";
  AppendEscaped(out, value);
  out += '"';
}

class Text {
 public:
  Text(std::size_t nodes, std::size_t devices) {
    text_.reserve(1024 + (nodes * 5 * 80) + (devices * 3 * 120));
  }

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

  // `labels` begin with the opening brace, `more` ends with the closing one.
  template <typename Number>
  void Sample(std::string_view labels, std::string_view more, Number value) {
    std::array<char, 33> digits;
    char* const end = std::to_chars(digits.data(), digits.data() + 32, value).ptr;
    *end = '\n';
    for (const std::string_view part :
         {metric_, labels, more, std::string_view(digits.data(), end + 1)}) {
      text_ += part;
    }
  }

  std::string Take() && { return std::move(text_); }

 private:
  std::string text_;
  std::string_view metric_;
};

constexpr std::string_view kCapacity = R"(,state="capacity"} )";
constexpr std::string_view kNothingMore = "} ";
constexpr std::string_view kAllocated = R"(,state="allocated"} )";

// `items` have memory and load.
template <typename Item>
void AddMemory(Text& text, std::string_view metric, std::span<const Item> items,
               const LabelTexts& labels) {
  text.Begin(metric);
  for (std::size_t i = 0; i < items.size(); ++i) {
    text.Sample(labels[i], kCapacity, items[i].memory_capacity.count());
    text.Sample(labels[i], kAllocated, items[i].memory_allocated.count());
  }
}

template <typename Item>
void AddLoad(Text& text, std::string_view metric, std::span<const Item> items,
             const LabelTexts& labels) {
  text.Begin(metric);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (const auto load = items[i].load) {
      text.Sample(labels[i], kNothingMore, *load);
    }
  }
}

}  // namespace

std::string RenderResources(std::span<const NodeResources> nodes,
                            std::span<const DeviceResources> devices) {
  Text text(nodes.size(), devices.size());
  const LabelTexts of_nodes(nodes, [](const NodeResources& node, std::string& out) {
    AppendLabel(out, "{node", node.node);
  });
  AddMemory(text, "berth_node_gpu_memory_bytes", nodes, of_nodes);
  text.Begin("berth_node_gpu_devices");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    text.Sample(of_nodes[i], kCapacity, nodes[i].devices);
    text.Sample(of_nodes[i], kAllocated, nodes[i].devices_allocated);
  }
  AddLoad(text, "berth_node_load_ratio", nodes, of_nodes);
  text.Begin("berth_node_overcommitted_devices");
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].devices_overcommitted != 0) {
      text.Sample(of_nodes[i], kNothingMore, nodes[i].devices_overcommitted);
    }
  }
  if (!devices.empty()) {
    const LabelTexts of_devices(devices, [&](const DeviceResources& device, std::string& out) {
      out += of_nodes[device.node];
      AppendLabel(out, ",gpu", device.gpu);
    });
    AddMemory(text, "berth_gpu_device_memory_bytes", devices, of_devices);
    AddLoad(text, "berth_gpu_device_load_ratio", devices, of_devices);
  }
  return std::move(text).Take();
}

}  // namespace berth::observe
