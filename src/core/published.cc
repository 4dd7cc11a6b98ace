#include "berth/core/published.h"

#include "berth/base/portable_math.h"

namespace berth::core {
namespace {

double ShareOfLargest(Millicores cpu) {
  return static_cast<double>(cpu.count()) / static_cast<double>(kLargestCpu.count());
}
double ShareOfLargest(double devices) { return devices / kLargestDevices; }

}  // namespace

int BestFitPoints(const HostAndDevices& left) {
  const double both = (ShareOfLargest(left.cpu) * 0.5) + (ShareOfLargest(left.devices) * 0.5);
  return static_cast<int>((1 - both) * kMostPoints);
}

int DotProductPoints(const HostAndDevices& free, const HostAndDevices& asked) {
  const double cpu = ShareOfLargest(free.cpu) * ShareOfLargest(asked.cpu);
  const double devices = ShareOfLargest(free.devices) * ShareOfLargest(asked.devices);
  return static_cast<int>((1 - ((cpu + devices) / 2)) * kMostPoints);
}

int FgdPoints(double fewer_fragments) {
  return static_cast<int>(kMostPoints / (1 + Exp(-fewer_fragments)));
}

}  // namespace berth::core
