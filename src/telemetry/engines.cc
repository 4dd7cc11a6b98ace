#include "engines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace berth::telemetry {
namespace {

struct Alias {
  std::string_view name;
  std::string_view engine;
};

// What other projects call an engine: the inference gateway, AIBrix, images.
constexpr std::array kAliases = {
    Alias{"triton-tensorrt-llm", "triton"},
    Alias{"trtllm", "trtllm-serve"},
    Alias{"tensorrt-llm", "trtllm-serve"},
    Alias{"text-generation-inference", "tgi"},
    Alias{"tf-serving", "tensorflow-serving"},
    Alias{"tfserving", "tensorflow-serving"},
    Alias{"ray", "ray-serve"},
    Alias{"rayserve", "ray-serve"},
    Alias{"dcgm", "dcgm-exporter"},
    Alias{"nvidia-dcgm-exporter", "dcgm-exporter"},
};

}  // namespace

std::span<const std::unique_ptr<const Engine>> Engines() {
  static const std::array<std::unique_ptr<const Engine>, 11> engines = {
      MakeVllm(),         MakeSglang(),      MakeTgi(),
      MakeTriton(),       MakeTrtllmServe(), MakeTensorflowServing(),
      MakeTorchServe(),   MakeRayServe(),    MakeNim(),
      MakeDcgmExporter(), MakeAmdExporter(),
  };
  return engines;
}

Result<EngineTable> EngineTable::Create(const std::vector<CustomMetrics>& custom) {
  EngineTable table;
  for (const CustomMetrics& metrics : custom) {
    const auto taken = [&](const auto& engine) { return engine->name() == metrics.name; };
    if (std::ranges::any_of(Engines(), taken) || std::ranges::any_of(table.custom_, taken) ||
        std::ranges::find(kAliases, metrics.name, &Alias::name) != kAliases.end()) {
      return InvalidArgument(fmt::format("engine {}: the name is taken", metrics.name));
    }
    table.custom_.push_back(MakeCustom(metrics));
    table.all_.push_back(table.custom_.back().get());
  }
  for (const auto& engine : Engines()) {
    table.all_.push_back(engine.get());
  }
  for (const Engine* const engine : table.all_) {
    for (const std::string_view mark : engine->metrics().first(engine->marks())) {
      table.marks_.push_back(mark);
      table.owners_.push_back(engine);
    }
  }
  return table;
}

EngineTable EngineTable::BuiltIn() { return std::move(Create({})).value(); }

const Engine* EngineTable::Find(std::string_view name) const {
  const auto* const alias = std::ranges::find(kAliases, name, &Alias::name);
  const std::string_view wanted = alias == kAliases.end() ? name : alias->engine;
  const auto found = std::ranges::find(all_, wanted, [](const Engine* e) { return e->name(); });
  return found == all_.end() ? nullptr : *found;
}

const Engine* EngineTable::Recognise(std::string_view page, PageFormat format) const {
  std::size_t first = marks_.size();
  (void)WalkPage(page, format, marks_,
                 [&](const Sample& sample) { first = std::min(first, sample.metric); });
  return first == marks_.size() ? nullptr : owners_[first];
}

std::optional<double> QueueSeconds(double waiting, std::optional<double> seconds_waited,
                                   std::optional<double> left, double window_seconds) {
  if (waiting <= 0 && (!left || *left <= 0)) {
    return 0;
  }
  if (!left) {
    return std::nullopt;
  }
  if (*left <= 0) {
    return window_seconds;  // nothing moved: at least that long
  }
  // Those who left have waited so long; who comes now waits for those before it (Little's law).
  return std::max(seconds_waited.value_or(0), waiting) / *left;
}

DeviceReading& DeviceOf(std::vector<DeviceReading>& devices, const std::string& id, int index) {
  const auto found = std::ranges::find_if(devices, [&](const DeviceReading& device) {
    return id.empty() ? device.id.empty() && device.index == index : device.id == id;
  });
  if (found != devices.end()) {
    return *found;
  }
  return devices.emplace_back(DeviceReading{.id = id, .index = index});
}

std::string FirstLabel(const Labels& labels, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (auto value = labels.Find(name); value && !value->empty()) {
      return *std::move(value);
    }
  }
  return {};
}

int SmallNumber(std::string_view text) {
  int number = -1;
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && parsed == end && number >= 0 && number < 1024 ? number : -1;
}

}  // namespace berth::telemetry
