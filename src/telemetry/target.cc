#include "berth/telemetry/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace berth::telemetry {
namespace {

struct Habit {
  std::string_view engine;
  std::uint16_t port;
  std::string_view path;
  bool own_port;  // metrics are not on the port that serves requests
};

constexpr std::array kHabits = {
    Habit{"vllm", 8000, "/metrics", false},
    Habit{"sglang", 30000, "/metrics", false},
    Habit{"tgi", 80, "/metrics", false},
    Habit{"triton", 8002, "/metrics", true},
    Habit{"trtllm-serve", 8000, "/prometheus/metrics", false},
    Habit{"tensorflow-serving", 8501, "/monitoring/prometheus/metrics", false},
    Habit{"torchserve", 8082, "/metrics", true},
    Habit{"ray-serve", 8080, "/metrics", true},
    Habit{"nim", 8000, "/v1/metrics", false},
    Habit{"dcgm-exporter", 9400, "/metrics", true},
    Habit{"amd-exporter", 5000, "/metrics", true},
};

constexpr Habit kNoHabit = {"", 0, "/metrics", false};

struct Exporter {
  std::string_view app;
  std::string_view engine;
};

constexpr std::array kExporters = {
    Exporter{"dcgm-exporter", "dcgm-exporter"},
    Exporter{"nvidia-dcgm-exporter", "dcgm-exporter"},
    Exporter{"device-metrics-exporter", "amd-exporter"},
    Exporter{"amdgpu-metrics-exporter", "amd-exporter"},
};

constexpr std::array<std::string_view, 3> kEngineLabels = {
    "llm-d.ai/engine-type",
    "inference.networking.k8s.io/engine-type",
    "model.aibrix.ai/engine",
};

// Empty: not there.
std::string_view Value(const PodFacts::StringMap& map, std::string_view key) {
  const auto found = std::ranges::find(
      map, key, [](const auto& entry) -> std::string_view { return entry.first; });
  return found == map.end() ? std::string_view() : std::string_view(found->second);
}

std::uint16_t ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && parsed == end ? port : 0;
}

std::uint16_t PortNamed(const PodFacts& pod, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = std::ranges::find(pod.ports, name, &PodFacts::Port::name);
    if (found != pod.ports.end()) {
      return found->number;
    }
  }
  return 0;
}

// 0: cannot be told.
std::uint16_t PortOf(const PodFacts& pod, const Habit& habit) {
  if (const auto said = Value(pod.annotations, "prometheus.io/port"); !said.empty()) {
    return ParsePort(said);
  }
  if (const auto named = PortNamed(pod, {"metrics", "http-metrics", "prometheus", "prom"})) {
    return named;
  }
  const bool declared =
      std::ranges::find(pod.ports, habit.port, &PodFacts::Port::number) != pod.ports.end();
  if (declared || habit.own_port) {
    return habit.port;
  }
  if (const auto named = PortNamed(pod, {"http", "http1", "api"})) {
    return named;
  }
  return pod.ports.size() == 1 ? pod.ports[0].number : habit.port;
}

bool IsAddress(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' ||
           c == ':';
  });
}

bool IsPath(std::string_view text) {
  return text.starts_with('/') &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

double MaxBatchOf(const PodFacts& pod) {
  const std::optional<double> said = ParseValue(Value(pod.annotations, kMaxBatchKey));
  return said && *said >= 1 && *said <= 1e6 ? *said : 0;
}

}  // namespace

std::string_view EngineNamedBy(const PodFacts::StringMap& annotations,
                               const PodFacts::StringMap& labels) {
  if (const auto said = Value(annotations, kEngineKey); !said.empty()) {
    return said;
  }
  if (const auto said = Value(labels, kEngineKey); !said.empty()) {
    return said;
  }
  for (const std::string_view label : kEngineLabels) {
    if (const auto said = Value(labels, label); !said.empty()) {
      return said;
    }
  }
  for (const std::string_view label : {"app.kubernetes.io/name", "app"}) {
    const auto* const found = std::ranges::find(kExporters, Value(labels, label), &Exporter::app);
    if (found != kExporters.end()) {
      return found->engine;
    }
  }
  return {};
}

std::string Target::origin() const {
  return host.find(':') == std::string::npos ? fmt::format("{}://{}:{}", scheme, host, port)
                                             : fmt::format("{}://[{}]:{}", scheme, host, port);
}

std::optional<Target> TargetOf(const PodFacts& pod, const EngineTable& engines) {
  const std::string_view said = EngineNamedBy(pod.annotations, pod.labels);
  const std::string_view scrape = Value(pod.annotations, "prometheus.io/scrape");
  const bool wanted = said.empty() ? pod.holds_devices && scrape == "true" : said != "none";
  if (!wanted || !IsAddress(pod.ip)) {
    return std::nullopt;
  }
  const Engine* const engine = engines.Find(said);
  const std::string_view name = engine == nullptr ? std::string_view() : engine->name();
  const auto* const habit = std::ranges::find(kHabits, name, &Habit::engine);
  Target target{.id = pod.uid,
                .ns = pod.ns,
                .name = pod.name,
                .node = pod.node,
                .host = pod.ip,
                .engine = std::string(name),
                .max_batch = MaxBatchOf(pod)};
  target.port = PortOf(pod, habit == kHabits.end() ? kNoHabit : *habit);
  const std::string_view path = Value(pod.annotations, "prometheus.io/path");
  target.path = !path.empty() ? path : habit == kHabits.end() ? kNoHabit.path : habit->path;
  if (const auto scheme = Value(pod.annotations, "prometheus.io/scheme"); !scheme.empty()) {
    target.scheme = scheme;
  }
  if (target.port == 0 || !IsPath(target.path) ||
      (target.scheme != "http" && target.scheme != "https")) {
    return std::nullopt;
  }
  return target;
}

}  // namespace berth::telemetry
