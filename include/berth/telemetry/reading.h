// What one scrape of one target, or one round of queries, has told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "berth/base/clock.h"
#include "berth/telemetry/load_model.h"

namespace berth::telemetry {

// Of a pod that serves a model.
struct EndpointReading {
  std::string pod_uid;
  Signals signals;
  double load = 0;  // NormalisedLoad of the signals
  Instant at;       // of the sample
};

// Of a device, by an exporter on its node.
struct DeviceReading {
  std::string node;
  std::string id;  // UUID; empty: not told
  int index = -1;  // on its node; below 0: not told
  std::string ns;  // of the pod that has the device, where the exporter says it
  std::string pod;
  double utilisation = 0;  // 0..1, as a share of what the device can do
  Instant at;              // of the sample
};

struct Readings {
  std::vector<EndpointReading> endpoints;
  std::vector<DeviceReading> devices;
  std::uint64_t discarded = 0;  // samples: NaN, infinite, negative, or a share beyond 1.5
};

}  // namespace berth::telemetry
