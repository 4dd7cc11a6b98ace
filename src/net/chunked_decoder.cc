#include "chunked_decoder.h"

#include <algorithm>

namespace berth::net {
namespace {

constexpr std::size_t kMaxExtensionBytes = 256;
constexpr std::size_t kMaxTrailerBytes = 8192;
constexpr std::uint64_t kMaxChunkBytes = std::uint64_t{1} << 48;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::Next(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && expect_ != Expect::kDone && expect_ != Expect::kMalformed) {
    if (expect_ == Expect::kData) {
      const std::size_t piece = std::min<std::uint64_t>(remaining_, input.size() - at);
      remaining_ -= piece;
      if (remaining_ == 0) {
        expect_ = Expect::kDataCr;
      }
      return {at + piece, input.substr(at, piece), State::kMore};
    }
    expect_ = Advance(input[at]);
    ++at;
  }
  const State state = expect_ == Expect::kDone        ? State::kDone
                      : expect_ == Expect::kMalformed ? State::kMalformed
                                                      : State::kMore;
  return {at, {}, state};
}

ChunkedDecoder::Expect ChunkedDecoder::Advance(char c) {
  switch (expect_) {
    case Expect::kSizeStart:
      remaining_ = 0;
      skipped_ = 0;
      [[fallthrough]];
    case Expect::kSize:
      if (const int digit = HexDigit(c); digit >= 0) {
        remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
        return remaining_ <= kMaxChunkBytes ? Expect::kSize : Expect::kMalformed;
      }
      if (expect_ == Expect::kSizeStart) {
        return Expect::kMalformed;
      }
      if (c == '\r') {
        return Expect::kSizeLf;
      }
      return c == ';' || c == ' ' || c == '\t' ? Expect::kExtension : Expect::kMalformed;
    case Expect::kExtension:
      if (c == '\r') {
        return Expect::kSizeLf;
      }
      return c != '\n' && ++skipped_ <= kMaxExtensionBytes ? Expect::kExtension
                                                           : Expect::kMalformed;
    case Expect::kSizeLf:
      skipped_ = 0;
      if (c != '\n') {
        return Expect::kMalformed;
      }
      return remaining_ > 0 ? Expect::kData : Expect::kTrailerStart;
    case Expect::kDataCr:
      return c == '\r' ? Expect::kDataLf : Expect::kMalformed;
    case Expect::kDataLf:
      return c == '\n' ? Expect::kSizeStart : Expect::kMalformed;
    case Expect::kTrailerStart:
      if (c == '\r') {
        return Expect::kFinalLf;
      }
      [[fallthrough]];
    case Expect::kTrailer:
      if (c == '\r') {
        return Expect::kTrailerLf;
      }
      return c != '\n' && ++skipped_ <= kMaxTrailerBytes ? Expect::kTrailer : Expect::kMalformed;
    case Expect::kTrailerLf:
      return c == '\n' ? Expect::kTrailerStart : Expect::kMalformed;
    case Expect::kFinalLf:
      return c == '\n' ? Expect::kDone : Expect::kMalformed;
    case Expect::kData:
    case Expect::kDone:
    case Expect::kMalformed:
      break;
  }
  return Expect::kMalformed;
}

}  // namespace berth::net
