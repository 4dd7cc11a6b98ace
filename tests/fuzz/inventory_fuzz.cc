// Whatever the object: facts that make sense, or a problem that says something; the same whatever
// bytes follow.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "berth/base/check.h"
#include "berth/inventory/source.h"
#include "fuzz/padded_input.h"

namespace {

using namespace berth;

bool Same(const inventory::Fact& a, const inventory::Fact& b) {
  return a.node == b.node && a.key == b.key && a.tier == b.tier && a.arriving == b.arriving &&
         a.bytes == b.bytes && a.devices == b.devices && a.eta == b.eta &&
         a.observed_at == b.observed_at && a.ttl == b.ttl && a.pod_uid == b.pod_uid;
}

void CheckReading(const inventory::Reading& reading) {
  for (const inventory::Fact& fact : reading.facts) {
    BERTH_CHECK(fact.bytes >= Bytes(0) && fact.eta >= Duration{} && fact.ttl >= Duration{});
    BERTH_CHECK(fact.tier == cluster::Tier::kDevice || fact.tier == cluster::Tier::kHost ||
                fact.tier == cluster::Tier::kDisk);
  }
  for (const std::string& problem : reading.problems) {
    BERTH_CHECK(!problem.empty());
  }
}

inventory::Reading Read(const inventory::Source& source, std::string_view json) {
  static kube::Cursor cursor;
  return source.read_object(cursor, {.ns = "berth", .name = "berth-models-n", .json = json});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kube::NodeObject node;
  node.name = "n";
  node.annotations = {
      {"berth.dev/model-inventory", std::string(reinterpret_cast<const char*>(data), size)}};
  for (const inventory::Source& source : inventory::Sources()) {
    if (source.read_node != nullptr) {
      CheckReading(source.read_node(node));
    }
    if (source.read_object == nullptr) {
      continue;
    }
    const fuzz::PaddedInput input(data, size, ' ');
    const inventory::Reading first = Read(source, input.view());
    CheckReading(first);
    for (const char padding : fuzz::kPaddings) {
      const fuzz::PaddedInput other(data, size, padding);
      const inventory::Reading again = Read(source, other.view());
      BERTH_CHECK(again.problems == first.problems && again.facts.size() == first.facts.size());
      for (std::size_t i = 0; i < first.facts.size(); ++i) {
        BERTH_CHECK(Same(again.facts[i], first.facts[i]));
      }
    }
  }
  return 0;
}
