// The built-in engines, one file each, and what several of them share.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "berth/telemetry/engine.h"

namespace berth::telemetry {

std::unique_ptr<const Engine> MakeVllm();
std::unique_ptr<const Engine> MakeSglang();
std::unique_ptr<const Engine> MakeTgi();
std::unique_ptr<const Engine> MakeTriton();
std::unique_ptr<const Engine> MakeTrtllmServe();
std::unique_ptr<const Engine> MakeTensorflowServing();
std::unique_ptr<const Engine> MakeTorchServe();
std::unique_ptr<const Engine> MakeRayServe();
std::unique_ptr<const Engine> MakeNim();
std::unique_ptr<const Engine> MakeDcgmExporter();
std::unique_ptr<const Engine> MakeAmdExporter();
std::unique_ptr<const Engine> MakeCustom(const CustomMetrics& custom);

// How long a request waits, by what waited and what left the queue in the last window.
// seconds_waited: rate of the seconds that those who left had waited; left: their rate.
// Nothing where something waits and no rate tells how fast it moves.
std::optional<double> QueueSeconds(double waiting, std::optional<double> seconds_waited,
                                   std::optional<double> left, double window_seconds);

// Finds or adds the device.
DeviceReading& DeviceOf(std::vector<DeviceReading>& devices, const std::string& id, int index);

// The first of the labels that is there and not empty; else empty.
std::string FirstLabel(const Labels& labels, std::initializer_list<std::string_view> names);

// A small number, as labels like gpu="3" have it; below 0: none.
int SmallNumber(std::string_view text);

}  // namespace berth::telemetry
