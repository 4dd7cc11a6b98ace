// Takes Transfer-Encoding: chunked (RFC 9112 §7.1) apart, piece by piece as it arrives. Keeps no
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace berth::net {

//   size line ─▶ data ─▶ CRLF ─┐            size 0: trailers ─▶ done
//       ▲──────────────────────┘
// Strict: hexadecimal digits without sign or prefix, CRLF only. Extensions and trailers are
// skipped, within bounds.
class ChunkedDecoder {
 public:
  enum class State { kMore, kDone, kMalformed };
  struct Step {
    std::size_t consumed = 0;  // of the input; the rest belongs to the next call
    std::string_view data;     // decoded bytes, a view into the input
    State state = State::kMore;
  };

  // Call again with the rest while it is kMore and the rest is not empty.
  Step Next(std::string_view input);

  // Bytes of the current chunk still to come.
  std::uint64_t remaining() const { return remaining_; }

 private:
  enum class Expect {
    kSizeStart,
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailer,
    kTrailerLf,
    kFinalLf,
    kDone,
    kMalformed
  };

  Expect Advance(char c);  // one byte of framing

  Expect expect_ = Expect::kSizeStart;
  std::uint64_t remaining_ = 0;
  std::size_t skipped_ = 0;  // bytes of extensions (per chunk) or trailers (all)
};

}  // namespace berth::net
