#include "snapshot_page.h"

#include <string_view>

#include "berth/kube/encoder.h"

namespace berth::server {

Result<std::string> SnapshotPage(const state::Store& store) {
  if (!store.synced()) {
    return Error{ErrorCode::kUnavailable, "nodes and pods have not all been listed yet"};
  }
  std::string page = R"({"apiVersion":"v1","kind":"List","items":[)";
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
