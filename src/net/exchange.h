// One request and its answer over one connection, without pooling or repetition.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "chunked_decoder.h"
#include "response_head.h"
#include "transport.h"

namespace berth::net {

//   SendRequest ─▶ ReadHead ─▶ ReadPiece until kDone, or ReadBody once
class Exchange {
 public:
  // kMore: the step has worked and something follows. kDone: the answer is whole.
  enum class Step { kMore, kDone, kClosed, kTimeout, kStopped, kMalformed, kTooLarge };

  explicit Exchange(Transport& transport);

  // kOk: all of it is on its way. Otherwise the server cannot have got all of it.
  Io SendRequest(std::string_view head, std::string_view body, const Until& until);

  // Skips 1xx answers. kMore: head() is there; a body follows, perhaps an empty one.
  Step ReadHead(bool to_head_request, const Until& until);
  const ResponseHead& head() const { return head_; }
  ResponseHead& head() { return head_; }

  struct Piece {
    Step step = Step::kMore;
    std::string_view bytes;  // valid until the next call; not empty while kMore
  };
  Piece ReadPiece(const Until& until);

  // All of the body. kTooLarge: more than `limit` bytes. A body of unannounced length that turns
  // out large gets room for `expected` bytes at once: growing step by step would touch twice the
  // memory and copy it.
  Step ReadBody(std::string& body, std::size_t limit, std::size_t expected, const Until& until);

  // Whether anything of an answer has come.
  bool answered() const { return answered_; }
  // Whether the connection may carry another request, now that the answer is whole.
  bool reusable() const { return whole_ && framed_ && head_.keep_alive && begin_ == end_; }

 private:
  std::string_view Input() const { return {buffer_.get() + begin_, end_ - begin_}; }
  Step ReadMore(const Until& until);
  Piece ReadChunk(const Until& until);
  Step ReadSizedBody(std::string& body, const Until& until);

  Transport& transport_;
  const std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool answered_ = false;

  ResponseHead head_;
  ChunkedDecoder decoder_;
  bool framed_ = true;      // the body's end is marked by its length or its last chunk
  std::uint64_t left_ = 0;  // of a body with a length
  bool whole_ = false;
};

}  // namespace berth::net
