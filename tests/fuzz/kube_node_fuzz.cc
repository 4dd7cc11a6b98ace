// Whatever the text: a Node with a name and no negative amount, or an error that says something;
// the same whatever bytes follow.
#include <cstddef>
#include <cstdint>
#include <string>

#include "berth/base/check.h"
#include "berth/kube/decoder.h"
#include "fuzz/padded_input.h"

namespace {

void CheckAmounts(const berth::kube::Resources& amounts) {
  BERTH_CHECK(amounts.cpu.count() >= 0 && amounts.memory.count() >= 0 && amounts.pods >= 0);
  for (const auto& [name, amount] : amounts.extended) {
    BERTH_CHECK(amount >= 0 && name.find('/') != std::string::npos);
    BERTH_CHECK(amounts.Extended(name) == amount);  // names are unique
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth;
  static kube::Decoder decoder({.images = true, .constraints = true, .created = true});
  const Result<kube::NodeObject> first = decoder.Node(fuzz::PaddedInput(data, size, ' ').view());
  if (first.ok()) {
    BERTH_CHECK(!first->name.empty());
    CheckAmounts(first->allocatable);
    CheckAmounts(first->capacity);
    for (const auto& [key, value] : first->labels) {
      BERTH_CHECK(*kube::Find(first->labels, key) == value);
    }
  } else {
    BERTH_CHECK(!first.error().message.empty());
  }
  for (const char padding : fuzz::kPaddings) {
    const Result<kube::NodeObject> again =
        decoder.Node(fuzz::PaddedInput(data, size, padding).view());
    BERTH_CHECK(again.ok() == first.ok());
    if (first.ok()) {
      BERTH_CHECK(again->name == first->name && again->labels == first->labels &&
                  again->annotations == first->annotations &&
                  again->allocatable == first->allocatable && again->ready == first->ready);
    } else {
      BERTH_CHECK(again.error() == first.error());
    }
  }
  return 0;
}
