// One client's connection: requests in, answers out, every limit applied on the way.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "berth/net/server.h"
#include "body_budget.h"
#include "counters.h"
#include "request_head.h"
#include "router.h"
#include "scratch_pool.h"
#include "server_tls.h"
#include "socket.h"
#include "transport.h"

namespace berth::net {

// What a server's connections share.
struct ConnectionContext {
  ServerOptions options;
  Router router;
  BodyBudget budget;
  ScratchPool scratch;
  Counters counters;
  ServerTlsBox tls;
  std::atomic<bool> stopping{false};
};

//             (TLS)       first byte            head and body          answer sent
//   handshake ─────▶ idle ─────────────▶ reading ───────────────▶ handling ─────────▶ idle
//    │ request_deadline │ idle_timeout      │ request_deadline       │ write_deadline (or closed)
//    ▼                  ▼                   ▼                        ▼
//   closed            closed             408, closed              closed
//
// A handshake counts as idle: nothing has been asked yet.
// Serve runs on one thread; EndIfIdle and Cut may be called from others while it does.
class Connection {
 public:
  Connection(Socket socket, ConnectionContext& context);

  // Until the connection ends.
  void Serve();

  // Ends a connection that waits for a request; what has already arrived is still answered.
  void EndIfIdle();
  // Ends it whatever it does; a handler that runs is not stopped, but its answer goes nowhere.
  void Cut();

 private:
  enum class Next { kKeep, kClose };
  // How reading a body ended. Refused: answer why, then close. Broken: nobody is left to answer.
  enum class BodyEnd { kWhole, kRefused, kBroken };

  bool Handshake();     // true where the server is plain
  bool AwaitRequest();  // idle -> reading
  Next ServeRequest();
  Next ServeMatched(const RequestHead& head, const Handler& handler);
  void RunHandler(const RequestHead& head, const Handler& handler, Scratch& scratch);

  BodyEnd ReadBody(const RequestHead& head, BodyBudget::Share& share, ByteBuffer& body);
  BodyEnd ReadSizedBody(std::size_t length, BodyBudget::Share& share, ByteBuffer& body);
  BodyEnd ReadChunkedBody(BodyBudget::Share& share, ByteBuffer& body);
  bool AppendPiece(std::string_view piece, BodyBudget::Share& share, ByteBuffer& body);
  BodyEnd Refused(Refusal refusal);
  BodyEnd Ended(Io io);

  Next Answer(const Response& response, const RequestHead& head);
  Next Refuse(const Refusal& refusal, std::string_view allow = {});
  Next GiveUp(Io io);

  std::string_view Input() const { return {buffer_.get() + begin_, end_ - begin_}; }
  Io ReadMore();

  Socket socket_;
  std::unique_ptr<Transport> tls_;  // over socket_; nullptr: plain
  Transport* transport_ = &socket_;
  ConnectionContext& context_;
  const std::string peer_;
  std::string client_name_;

  // Unread input is buffer_[begin_, end_). Below pinned_ lies the head that the request in progress
  // points into.
  const std::size_t capacity_;
  const std::unique_ptr<char[]> buffer_;
  std::size_t pinned_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  Instant deadline_;    // of the request in progress
  Refusal refusal_;     // why its body was refused
  std::string answer_;  // its answer's head; kept for the capacity
  std::atomic<bool> idle_{true};
};

}  // namespace berth::net
