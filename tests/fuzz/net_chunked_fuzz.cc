// Chunked bodies: decoded alike however they are cut, never longer than what came.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "berth/base/check.h"
#include "chunked_decoder.h"

namespace {

using berth::net::ChunkedDecoder;

struct Decoded {
  std::string body;
  ChunkedDecoder::State state = ChunkedDecoder::State::kMore;
  std::size_t consumed = 0;
};

Decoded Decode(std::string_view input, std::size_t piece) {
  ChunkedDecoder decoder;
  Decoded decoded;
  while (!input.empty() && decoded.state == ChunkedDecoder::State::kMore) {
    const std::string_view given = input.substr(0, piece);
    const ChunkedDecoder::Step step = decoder.Next(given);
    BERTH_CHECK(step.consumed > 0 &&
                step.consumed <= given.size());  // it goes on, and not past the end
    decoded.body += step.data;
    decoded.state = step.state;
    decoded.consumed += step.consumed;
    input.remove_prefix(step.consumed);
  }
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Decoded whole = Decode(input, input.size() + 1);
  const Decoded bytewise = Decode(input, 1);
  BERTH_CHECK(whole.state == bytewise.state && whole.body == bytewise.body &&
              whole.consumed == bytewise.consumed);
  BERTH_CHECK(whole.body.size() <= input.size());
  return 0;
}
