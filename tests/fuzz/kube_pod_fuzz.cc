// Whatever the text: a Pod whose requests can be summed, or an error that says something; the same
// whatever bytes follow.
#include <cstddef>
#include <cstdint>
#include <string>

#include "berth/base/check.h"
#include "berth/kube/decoder.h"
#include "fuzz/padded_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth;
  static kube::Decoder decoder({.images = true, .constraints = true, .created = true});
  const Result<kube::PodObject> first = decoder.Pod(fuzz::PaddedInput(data, size, ' ').view());
  if (first.ok()) {
    BERTH_CHECK(!first->name.empty());
    const kube::Resources total = EffectiveRequests(*first);
    BERTH_CHECK(total.cpu.count() >= 0 && total.memory.count() >= 0);
    bool regular = false;
    for (const kube::Container& container : first->containers) {
      BERTH_CHECK(!regular || container.kind == kube::ContainerKind::kRegular);
      regular = container.kind == kube::ContainerKind::kRegular;
      for (const auto& [name, amount] : container.requests.extended) {
        BERTH_CHECK(amount >= 0 && total.Extended(name) >= amount);
      }
    }
    for (const auto& [key, value] : first->annotations) {
      BERTH_CHECK(*kube::Find(first->annotations, key) == value);
    }
  } else {
    BERTH_CHECK(!first.error().message.empty());
  }
  for (const char padding : fuzz::kPaddings) {
    const Result<kube::PodObject> again =
        decoder.Pod(fuzz::PaddedInput(data, size, padding).view());
    BERTH_CHECK(again.ok() == first.ok());
    if (first.ok()) {
      BERTH_CHECK(again->uid == first->uid && again->annotations == first->annotations &&
                  again->node_name == first->node_name && again->ended() == first->ended() &&
                  EffectiveRequests(*again) == EffectiveRequests(*first));
    } else {
      BERTH_CHECK(again.error() == first.error());
    }
  }
  return 0;
}
