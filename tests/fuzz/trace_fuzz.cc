// Whatever the text: complaints that have a place and say something, or groups within the ranges.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "berth/base/check.h"
#include "berth/cluster/device.h"
#include "berth/config/trace.h"

namespace {

using namespace berth;

template <typename Group>
void CheckGroups(const std::vector<Group>& groups, std::int64_t most) {
  BERTH_CHECK(!groups.empty());
  std::int64_t total = 0;
  for (const Group& group : groups) {
    BERTH_CHECK(group.count >= 1);
    BERTH_CHECK(group.cpu >= Millicores(0) && group.memory >= Bytes(0));
    BERTH_CHECK(group.devices >= 0 && group.devices <= cluster::kMaxDevices);
    total += group.count;
  }
  BERTH_CHECK(total <= most);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const config::ParsedTrace trace = config::ParseTrace(text);
  for (const config::Complaint& complaint : trace.complaints) {
    BERTH_CHECK(complaint.line >= 1 && complaint.column >= 1 && !complaint.message.empty());
  }
  if (!trace.ok()) {
    return 0;
  }
  CheckGroups(trace.nodes, config::kMostTraceNodes);
  CheckGroups(trace.pods, config::kMostTracePods);
  for (const config::TracePodGroup& pod : trace.pods) {
    BERTH_CHECK(pod.share_milli >= 1 && pod.share_milli <= 1000);
    BERTH_CHECK(pod.devices == 1 || pod.share_milli == 1000);
  }
  return 0;
}
