// Whatever the line: an event of a known type with what its type promises, or an error.
#include <cstddef>
#include <cstdint>

#include "berth/base/check.h"
#include "berth/kube/decoder.h"
#include "fuzz/padded_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth;
  static kube::Decoder decoder({.images = true, .constraints = true, .created = true});
  const fuzz::PaddedInput input(data, size, '"');
  const auto named = [](kube::WatchType type) {
    return type != kube::WatchType::kError && type != kube::WatchType::kBookmark;
  };
  const auto nodes = decoder.NodeEvent(input.view());
  BERTH_CHECK(!nodes.ok() || !named(nodes->type) || !nodes->node.name.empty());
  BERTH_CHECK(nodes.ok() || !nodes.error().message.empty());
  const auto pods = decoder.PodEvent(input.view());
  BERTH_CHECK(!pods.ok() || !named(pods->type) || !pods->pod.name.empty());
  BERTH_CHECK(!pods.ok() || !nodes.ok() || pods->type == nodes->type);
  decoder.StatusMessage(input.view());
  return 0;
}
