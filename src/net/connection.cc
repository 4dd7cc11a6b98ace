#include "connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <span>
#include <utility>
#include <variant>

#include "answer_head.h"
#include "chunked_decoder.h"
#include "message_syntax.h"

namespace berth::net {
namespace {

constexpr std::size_t kReadBytes = std::size_t{16} << 10;  // of heads and chunked bodies
constexpr std::size_t kBodyStep = std::size_t{256} << 10;  // taken from the budget at a time
constexpr Duration kLinger = std::chrono::seconds(1);

Instant Now() { return std::chrono::steady_clock::now(); }

}  // namespace

Connection::Connection(Socket socket, ConnectionContext& context)
    : socket_(std::move(socket)),
      context_(context),
      peer_(PeerName(socket_.fd())),
      capacity_(context.options.max_header_bytes + kReadBytes),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)) {}

void Connection::Serve() {
  if (!Handshake()) {
    return;
  }
  while (AwaitRequest() && ServeRequest() == Next::kKeep) {
  }
}

void Connection::EndIfIdle() {
  if (idle_) {
    ::shutdown(socket_.fd(), SHUT_RD);
  }
}

void Connection::Cut() { ::shutdown(socket_.fd(), SHUT_RDWR); }

bool Connection::Handshake() {
  const ServerTlsBox::Ptr tls = context_.tls.Load();
  if (tls == nullptr) {
    return true;
  }
  const Instant deadline = Now() + context_.options.request_deadline;
  auto accepted = tls->Accept(socket_, {deadline});
  if (accepted.ok()) {
    tls_ = std::move(accepted->transport);
    transport_ = tls_.get();
    client_name_ = std::move(accepted->client_name);
    return true;
  }
  Count(Now() >= deadline ? context_.counters.cut_slow : context_.counters.refused_handshakes);
  if (context_.options.on_handshake_failed) {
    context_.options.on_handshake_failed(peer_, accepted.error());
  }
  if (accepted.error().code == ErrorCode::kInvalidArgument) {
    socket_.Linger(kLinger);  // the alert says why
  }
  return false;
}

bool Connection::AwaitRequest() {
  pinned_ = 0;
  if (begin_ == end_) {
    // Idle is said before stopping is asked, and Stop does it the other way round: one of them sees
    // the other.
    idle_ = true;
    if (context_.stopping) {
      if (transport_->Quiet()) {
        return false;
      }
    } else if (transport_->AwaitInput({Now() + context_.options.idle_timeout}) != Io::kOk) {
      return false;
    }
    idle_ = false;
  }
  deadline_ = Now() + context_.options.request_deadline;
  return true;
}

Io Connection::ReadMore() {
  const std::size_t unread = end_ - begin_;
  if (begin_ > pinned_ && (unread == 0 || end_ + kReadBytes > capacity_)) {
    std::memmove(buffer_.get() + pinned_, buffer_.get() + begin_, unread);
    begin_ = pinned_;
    end_ = pinned_ + unread;
  }
  const auto room = std::span(buffer_.get() + end_, std::min(kReadBytes, capacity_ - end_));
  const auto [io, bytes] = transport_->ReadSome(room, {deadline_});
  end_ += bytes;
  return io;
}

Connection::Next Connection::ServeRequest() {
  const std::size_t limit = context_.options.max_header_bytes;
  std::size_t seen = 0;
  std::size_t size = FindHeadEnd(Input(), seen);
  while (size == std::string_view::npos && Input().size() <= limit) {
    seen = Input().size();
    if (const auto io = ReadMore(); io != Io::kOk) {
      return GiveUp(io);
    }
    if (!IsToken(
            Input().substr(0, 1))) {  // a TLS client, say, would wait for us to answer its hello
      return Refuse({400, "this is not HTTP"});
    }
    size = FindHeadEnd(Input(), seen);
  }
  if (size > limit) {
    return Refuse({431, "request line and headers are too large"});
  }
  const auto parsed = ParseRequestHead(Input().substr(0, size));
  begin_ += size;
  pinned_ = begin_;
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
    return Refuse(*refusal);
  }
  const auto& head = std::get<RequestHead>(parsed);
  const Router::Match match = context_.router.Find(head.method, head.path);
  if (match.handler == nullptr) {
    return match.path_known ? Refuse({405, "the path does not take this method"}, match.allow)
                            : Refuse({404, "no such path"});
  }
  return ServeMatched(head, *match.handler);
}

Connection::Next Connection::ServeMatched(const RequestHead& head, const Handler& handler) {
  {
    ScratchPool::Loan scratch(context_.scratch);
    BodyBudget::Share share(context_.budget);
    switch (ReadBody(head, share, scratch->body)) {
      case BodyEnd::kBroken:
        return Next::kClose;
      case BodyEnd::kWhole:
        Count(context_.counters.requests);
        RunHandler(head, handler, *scratch);
        return Answer(scratch->response, head);
      case BodyEnd::kRefused:
        break;
    }
  }
  // What was read of it is given back first: a client that goes on sending keeps nobody out.
  return Refuse(refusal_);
}

void Connection::RunHandler(const RequestHead& head, const Handler& handler, Scratch& scratch) {
  const Request request{.method = head.method,
                        .path = head.path,
                        .query = head.query,
                        .body = scratch.body.view(),
                        .authorization = head.authorization,
                        .peer = peer_,
                        .client_name = client_name_};
  try {
    handler(request, scratch.response);
  } catch (...) {  // ours throw nothing, but a library or the allocator may
    scratch.response = {.status = 500, .body = R"({"error":"internal error"})", .headers = {}};
  }
}

// --- bodies ---

Connection::BodyEnd Connection::Refused(Refusal refusal) {
  refusal_ = refusal;
  return BodyEnd::kRefused;
}

Connection::BodyEnd Connection::Ended(Io io) {
  GiveUp(io);
  return BodyEnd::kBroken;
}

Connection::BodyEnd Connection::ReadBody(const RequestHead& head, BodyBudget::Share& share,
                                         ByteBuffer& body) {
  const std::uint64_t length = head.content_length.value_or(0);
  if (length > context_.options.max_body_bytes) {
    return Refused({413, "body is too large"});
  }
  if (head.expects_continue && Input().size() < std::max<std::uint64_t>(length, 1)) {
    const auto io = transport_->WriteAll("HTTP/1.1 100 Continue\r\n\r\n", {}, {deadline_});
    if (io != Io::kOk) {
      return Ended(io);
    }
  }
  body.set_size(0);
  const BodyEnd end = head.chunked ? ReadChunkedBody(share, body)
                                   : ReadSizedBody(static_cast<std::size_t>(length), share, body);
  if (end == BodyEnd::kWhole) {
    std::memset(body.data() + body.size(), 0, kBodyPadding);
  }
  return end;
}

Connection::BodyEnd Connection::ReadSizedBody(std::size_t length, BodyBudget::Share& share,
                                              ByteBuffer& body) {
  if (!body.Reserve(length + kBodyPadding)) {
    return Refused({503, "no memory for the body"});
  }
  while (body.size() < length) {
    const std::size_t window = std::min(length, body.size() + kBodyStep);
    if (window > share.taken() && !share.Take(window - share.taken())) {
      return Refused({503, "other requests hold too many bytes"});
    }
    char* const at = body.data() + body.size();
    if (const std::string_view ready = Input().substr(0, window - body.size()); !ready.empty()) {
      std::memcpy(at, ready.data(), ready.size());
      begin_ += ready.size();
      body.set_size(body.size() + ready.size());
      continue;
    }
    const auto [io, bytes] = transport_->ReadSome({at, window - body.size()}, {deadline_});
    if (io != Io::kOk) {
      return Ended(io);
    }
    body.set_size(body.size() + bytes);
  }
  return BodyEnd::kWhole;
}

Connection::BodyEnd Connection::ReadChunkedBody(BodyBudget::Share& share, ByteBuffer& body) {
  if (!body.Reserve(kReadBytes + kBodyPadding)) {
    return Refused({503, "no memory for the body"});
  }
  ChunkedDecoder decoder;
  while (true) {
    const ChunkedDecoder::Step step = decoder.Next(Input());
    begin_ += step.consumed;
    if (step.state == ChunkedDecoder::State::kMalformed) {
      return Refused({400, "malformed chunked body"});
    }
    if (step.state == ChunkedDecoder::State::kDone) {
      return BodyEnd::kWhole;
    }
    if (body.size() + step.data.size() + decoder.remaining() > context_.options.max_body_bytes) {
      return Refused({413, "body is too large"});
    }
    if (!AppendPiece(step.data, share, body)) {
      return Refused({503, "other requests hold too many bytes"});
    }
    if (Input().empty()) {
      if (const auto io = ReadMore(); io != Io::kOk) {
        return Ended(io);
      }
    }
  }
}

bool Connection::AppendPiece(std::string_view piece, BodyBudget::Share& share, ByteBuffer& body) {
  const std::size_t size = body.size() + piece.size();
  if (size > share.taken() && !share.Take(std::max(size - share.taken(), kReadBytes))) {
    return false;
  }
  if (size + kBodyPadding > body.capacity()) {
    const std::size_t most = context_.options.max_body_bytes + kBodyPadding;
    if (!body.Reserve(std::min(most, std::max(size + kBodyPadding, body.capacity() * 2)))) {
      return false;
    }
  }
  std::copy(piece.begin(), piece.end(), body.data() + body.size());
  body.set_size(size);
  return true;
}

// --- answers ---

Connection::Next Connection::Answer(const Response& response, const RequestHead& head) {
  const auto& keeps = context_.options.keeps_connections;
  const bool keep = head.keep_alive && !context_.stopping && (!keeps || keeps());
  WriteAnswerHead(response,
                  !keep           ? AfterAnswer::kClose
                  : head.http_1_0 ? AfterAnswer::kKeepAliveHttp10
                                  : AfterAnswer::kKeepAlive,
                  answer_);
  const bool with_body = head.method != "HEAD" && MayHaveBody(response.status);
  const auto io = transport_->WriteAll(
      answer_, with_body ? std::string_view(response.body) : std::string_view{},
      {Now() + context_.options.write_deadline});
  if (io == Io::kTimeout) {
    Count(context_.counters.cut_slow);
  }
  return io == Io::kOk && keep ? Next::kKeep : Next::kClose;
}

Connection::Next Connection::Refuse(const Refusal& refusal, std::string_view allow) {
  Counters& counters = context_.counters;
  switch (refusal.status) {
    case 413:
      Count(counters.refused_body_too_large);
      break;
    case 431:
      Count(counters.refused_headers_too_large);
      break;
    case 503:
      Count(counters.refused_overload);
      break;
    case 404:
    case 405:
      Count(counters.requests);
      break;
    default:
      Count(counters.refused_malformed);
  }
  Response response;
  response.status = refusal.status;
  response.body = std::string(R"({"error":")").append(refusal.reason).append("\"}");
  if (!allow.empty()) {
    response.headers.emplace_back("Allow", allow);
  }
  WriteAnswerHead(response, AfterAnswer::kClose, answer_);
  if (transport_->WriteAll(answer_, response.body, {Now() + context_.options.write_deadline}) ==
      Io::kOk) {
    socket_.Linger(kLinger);
  }
  return Next::kClose;
}

Connection::Next Connection::GiveUp(Io io) {
  if (io == Io::kTimeout) {
    Count(context_.counters.cut_slow);
    transport_->WriteAll(
        "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", {},
        {Now()});  // once, without waiting
  }
  return Next::kClose;
}

}  // namespace berth::net
