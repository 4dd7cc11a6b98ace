// Whatever the text: every item is given, reported as malformed, or the page is refused.
#include <cstddef>
#include <cstdint>

#include "berth/base/check.h"
#include "berth/kube/decoder.h"
#include "fuzz/padded_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth;
  static kube::Decoder decoder({.images = true, .constraints = true, .created = true});
  const fuzz::PaddedInput input(data, size, '}');
  std::size_t given = 0;
  std::size_t malformed = 0;
  const auto count = [&](const Error& error) {
    BERTH_CHECK(!error.message.empty());
    ++malformed;
  };
  const auto node = [&](kube::NodeObject&& object) {
    BERTH_CHECK(!object.name.empty());
    ++given;
  };
  const auto pod = [&](kube::PodObject&& object) {
    BERTH_CHECK(!object.name.empty());
    ++given;
  };
  for (const bool pods : {false, true}) {
    given = malformed = 0;
    const Result<kube::ListMeta> meta = pods ? decoder.PodList(input.view(), pod, count)
                                             : decoder.NodeList(input.view(), node, count);
    if (meta.ok()) {
      BERTH_CHECK(meta->malformed == malformed && meta->items == given + malformed);
    } else {
      BERTH_CHECK(!meta.error().message.empty());
    }
  }
  given = 0;
  const Result<kube::ListMeta> objects = decoder.Objects(input.view(), node, pod);
  BERTH_CHECK(!objects.ok() || objects->items >= given);
  return 0;
}
