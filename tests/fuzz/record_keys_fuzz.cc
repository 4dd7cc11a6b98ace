// The input as a file of keys, and as a record that somebody without a key made up.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "berth/base/check.h"
#include "berth/signing/record_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using berth::signing::Proof;
  using berth::signing::RecordKeys;
  constexpr berth::signing::Subject kSubject{.ns = "ml", .name = "p", .uid = "8f0c", .node = "a"};
  constexpr std::string_view kRecord = R"({"v":1})";
  static const RecordKeys kOurs =
      RecordKeys::Parse("k1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=").value();
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  BERTH_CHECK(kOurs.Check(kSubject, input) != Proof::kSound);
  const auto theirs = RecordKeys::Parse(input);
  if (!theirs.ok()) {
    BERTH_CHECK(!theirs.error().message.empty());
    return 0;
  }
  BERTH_CHECK(!theirs->ids().empty());
  const std::string record = theirs->Sign(kSubject, kRecord);
  BERTH_CHECK(theirs->Check(kSubject, record) == Proof::kSound);
  return 0;
}
