#include "snapshot_page.h"

#include <string_view>

#include <fmt/format.h>

#include "berth/device/read.h"
#include "berth/kube/encoder.h"

namespace berth::server {

Result<std::string> SnapshotPage(const state::Store& store) {
  if (!store.synced()) {
    return Error{ErrorCode::kUnavailable, "nodes and pods have not all been listed yet"};
  }
  std::string page = fmt::format(
      R"({{"apiVersion":"v1","kind":"List","metadata":{{"annotations":{{"{}":"v1"}}}},"items":[)",
      device::kSnapshot);
  std::string_view separator = "\n";
  const auto add = [&](const std::string& object) {
    page += separator;
    page += object;
    separator = ",\n";
  };
  store.Show([&](const kube::NodeObject& node) { add(kube::EncodeNode(node)); },
             [&](const kube::PodObject& pod) { add(kube::EncodePod(pod)); });
  page += "\n]}\n";
  return page;
}

}  // namespace berth::server
