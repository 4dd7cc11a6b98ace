// What is scraped, and how it is found out from a pod.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "berth/telemetry/engine.h"

namespace berth::telemetry {

inline constexpr std::string_view kEngineKey = "berth.dev/engine";       // annotation or label
inline constexpr std::string_view kMaxBatchKey = "berth.dev/max-batch";  // annotation

// What of a pod says whether and where it has metrics.
struct PodFacts {
  struct Port {
    std::string name;
    std::uint16_t number = 0;
  };
  using StringMap = std::vector<std::pair<std::string, std::string>>;

  std::string uid;
  std::string ns;
  std::string name;
  std::string node;
  std::string ip;
  StringMap annotations;
  StringMap labels;
  std::vector<Port> ports;  // of its containers, TCP
  bool holds_devices = false;
};

struct Target {
  std::string id;  // the pod's uid
  std::string ns;
  std::string name;
  std::string node;
  std::string scheme = "http";
  std::string host;  // an address, without brackets
  std::uint16_t port = 0;
  std::string path = "/metrics";  // may have a query
  std::string engine;             // of the engine table; empty: recognised by the page
  double max_batch = 0;           // requests; 0: not said

  std::string origin() const;  // "http://10.0.0.7:8000"
  friend bool operator==(const Target&, const Target&) = default;
};

// The engine that the pod names, or the exporter that it is; "none"; empty: neither. Such a pod is
// no target unless it holds devices.
std::string_view EngineNamedBy(const PodFacts::StringMap& annotations,
                               const PodFacts::StringMap& labels);

// Nothing: the pod has no metrics that Berth could use. A pod is a target when it
// - names its engine: berth.dev/engine (annotation, label; "none": not a target), the labels
//   llm-d.ai/engine-type, inference.networking.k8s.io/engine-type, model.aibrix.ai/engine; or
// - is a device exporter by its label app.kubernetes.io/name or app; or
// - holds devices and says prometheus.io/scrape: "true".
// Where: the annotations prometheus.io/port, path, scheme; else a port that is named for metrics;
// else what the engine does by default.
std::optional<Target> TargetOf(const PodFacts& pod, const EngineTable& engines);

}  // namespace berth::telemetry
