#include "exchange.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "berth/net/http.h"
#include "message_syntax.h"

namespace berth::net {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
constexpr std::size_t kWindowBytes = std::size_t{256}
                                     << 10;  // of a body, cleared and filled while in cache

Exchange::Step StepOf(Io io) {
  switch (io) {
    case Io::kOk:
      return Exchange::Step::kMore;
    case Io::kTimeout:
      return Exchange::Step::kTimeout;
    case Io::kStopped:
      return Exchange::Step::kStopped;
    case Io::kClosed:
      break;
  }
  return Exchange::Step::kClosed;
}

bool HasBody(int status) { return status != 204 && status != 304; }

}  // namespace

Exchange::Exchange(Transport& transport)
    : transport_(transport), buffer_(std::make_unique_for_overwrite<char[]>(kBufferBytes)) {}

Io Exchange::SendRequest(std::string_view head, std::string_view body, const Until& until) {
  return transport_.WriteAll(head, body, until);
}

Exchange::Step Exchange::ReadMore(const Until& until) {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const auto [io, bytes] =
      transport_.ReadSome(std::span(buffer_.get() + end_, kBufferBytes - end_), until);
  end_ += bytes;
  answered_ = answered_ || bytes > 0;
  return StepOf(io);
}

Exchange::Step Exchange::ReadHead(bool to_head_request, const Until& until) {
  do {
    std::size_t seen = 0;
    std::size_t size = FindHeadEnd(Input(), seen);
    while (size == std::string_view::npos) {
      seen = Input().size();
      if (seen == kBufferBytes) {
        return Step::kMalformed;
      }
      if (const Step step = ReadMore(until); step != Step::kMore) {
        return step;
      }
      size = FindHeadEnd(Input(), seen);
    }
    auto parsed = ParseResponseHead(Input().substr(0, size));
    begin_ += size;
    // 101 would change the protocol, which nobody asked for.
    if (!parsed || parsed->status == 101) {
      return Step::kMalformed;
    }
    head_ = std::move(*parsed);
  } while (head_.status < 200);

  if (to_head_request || !HasBody(head_.status)) {
    head_.chunked = false;
    head_.content_length = 0;
  }
  framed_ = head_.chunked || head_.content_length.has_value();
  left_ = head_.content_length.value_or(0);
  return Step::kMore;
}

Exchange::Piece Exchange::ReadPiece(const Until& until) {
  if (head_.chunked) {
    return ReadChunk(until);
  }
  if (framed_ && left_ == 0) {
    whole_ = true;
    return {Step::kDone, {}};
  }
  if (Input().empty()) {
    if (const Step step = ReadMore(until); step != Step::kMore) {
      return {step == Step::kClosed && !framed_ ? Step::kDone : step, {}};
    }
  }
  std::string_view bytes = Input();
  if (framed_) {
    bytes = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= bytes.size();
  }
  begin_ += bytes.size();
  return {Step::kMore, bytes};
}

Exchange::Piece Exchange::ReadChunk(const Until& until) {
  while (true) {
    const ChunkedDecoder::Step step = decoder_.Next(Input());
    begin_ += step.consumed;
    if (step.state == ChunkedDecoder::State::kMalformed) {
      return {Step::kMalformed, {}};
    }
    if (step.state == ChunkedDecoder::State::kDone) {
      whole_ = true;
      return {Step::kDone, {}};
    }
    if (!step.data.empty()) {
      return {Step::kMore, step.data};
    }
    if (Input().empty()) {
      if (const Step more = ReadMore(until); more != Step::kMore) {
        return {more, {}};
      }
    }
  }
}

Exchange::Step Exchange::ReadBody(std::string& body, std::size_t limit, std::size_t expected,
                                  const Until& until) {
  if (framed_ && left_ > limit) {
    return Step::kTooLarge;
  }
  if (framed_ && !head_.chunked) {
    return ReadSizedBody(body, until);
  }
  while (true) {
    const Piece piece = ReadPiece(until);
    if (piece.step != Step::kMore) {
      body.reserve(body.size() + kBodyPadding);
      return piece.step;
    }
    if (piece.bytes.size() > limit - body.size()) {
      return Step::kTooLarge;
    }
    if (body.size() + piece.bytes.size() + kBodyPadding > body.capacity()) {
      const std::size_t doubled = 2 * body.capacity() + piece.bytes.size();
      const bool large = body.size() >= kBufferBytes;
      body.reserve((large ? std::max(doubled, std::min(expected, limit)) : doubled) + kBodyPadding);
    }
    body.append(piece.bytes);
  }
}

Exchange::Step Exchange::ReadSizedBody(std::string& body, const Until& until) {
  const auto length = static_cast<std::size_t>(left_);
  body.reserve(length + kBodyPadding);
  body.append(Input().substr(0, length));
  begin_ += body.size();
  for (std::size_t filled = body.size(); filled < length;) {
    if (filled == body.size()) {
      body.resize(std::min(length, filled + kWindowBytes));
    }
    const auto [io, bytes] =
        transport_.ReadSome(std::span(body.data() + filled, body.size() - filled), until);
    if (io != Io::kOk) {
      body.resize(filled);
      return StepOf(io);
    }
    filled += bytes;
  }
  left_ = 0;
  whole_ = true;
  return Step::kDone;
}

}  // namespace berth::net
