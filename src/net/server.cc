#include "berth/net/server.h"

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "answer_head.h"
#include "berth/base/mutex.h"
#include "connection.h"
#include "listener.h"
#include "router.h"
#include "server_tls.h"
#include "socket.h"
#include "workers.h"

namespace berth::net {
namespace {

Instant Now() { return std::chrono::steady_clock::now(); }

// One thread per open connection, however many of them are idle or blocked: none waits for another.
class ThreadedServer final : public Server {
 public:
  ThreadedServer(const ServerOptions& options, ServerTlsBox::Ptr tls, Router router,
                 Listener listener)
      : listener_(std::move(listener)),
        context_{.options = options,
                 .router = std::move(router),
                 .budget = BodyBudget(options.max_total_body_bytes),
                 .scratch = {},
                 .counters = {},
                 .tls = {}} {
    context_.tls.Set(std::move(tls));
    acceptor_ = std::thread([this] { AcceptAll(); });
  }

  ~ThreadedServer() override { Stop(Duration::zero()); }

  std::uint16_t port() const override { return listener_.port(); }
  ServerStats stats() const override { return context_.counters.Read(); }
  Status SetTls(const ServerTls& tls) override;
  void Stop(Duration drain) override BERTH_EXCLUDES(stop_mu_, mu_);

 private:
  using Connections = std::list<Connection>;

  void AcceptAll();
  void Admit(Socket socket) BERTH_EXCLUDES(mu_);
  void Serve(Connections::iterator connection) BERTH_EXCLUDES(mu_);
  // Takes a connection out, so that Stop no longer sees it; it closes when the result goes.
  Connections Remove(Connections::iterator connection) BERTH_EXCLUDES(mu_);
  void TurnAway(Socket socket);

  Listener listener_;
  ConnectionContext context_;
  Mutex stop_mu_;  // one Stop at a time; before mu_
  Mutex mu_;
  CondVar ended_;
  Connections open_ BERTH_GUARDED_BY(mu_);
  Workers workers_;  // its destructor waits for the connections
  std::thread acceptor_;
};

void ThreadedServer::AcceptAll() {
  while (std::optional<Socket> socket = listener_.Accept()) {
    Count(context_.counters.connections_accepted);
    Admit(std::move(*socket));
  }
}

void ThreadedServer::Admit(Socket socket) {
  if (context_.counters.connections_open >= context_.options.max_connections) {
    TurnAway(std::move(socket));
    return;
  }
  Connections admitted;
  const auto connection = admitted.emplace(admitted.end(), std::move(socket), context_);
  {
    const MutexLock lock(mu_);
    open_.splice(open_.end(), admitted);
  }
  Count(context_.counters.connections_open);
  if (!workers_.Start([this, connection] { Serve(connection); })) {
    Count(context_.counters.refused_overload);
    Remove(connection);
  }
}

void ThreadedServer::Serve(Connections::iterator connection) {
  connection->Serve();
  Remove(connection);
}

ThreadedServer::Connections ThreadedServer::Remove(Connections::iterator connection) {
  context_.counters.connections_open.fetch_sub(1);
  Connections removed;
  const MutexLock lock(mu_);
  removed.splice(removed.end(), open_, connection);
  if (open_.empty()) {
    ended_.NotifyAll();
  }
  return removed;
}

Status ThreadedServer::SetTls(const ServerTls& tls) {
  if (context_.tls.Load() == nullptr) {
    return InvalidArgument("the server is plain");
  }
  BERTH_ASSIGN_OR_RETURN(ServerTlsBox::Ptr next, ServerTlsContext::Create(tls));
  context_.tls.Set(std::move(next));
  return {};
}

void ThreadedServer::TurnAway(Socket socket) {
  Count(context_.counters.refused_overload);
  if (context_.tls.Load() != nullptr) {
    return;  // a word in plain text would be taken for a broken handshake
  }
  Response response;
  response.status = 503;
  response.body = R"({"error":"too many connections"})";
  std::string head;
  WriteAnswerHead(response, AfterAnswer::kClose, head);
  (void)socket.WriteAll(head, response.body, {Now()});  // once: the acceptor waits for nobody
}

void ThreadedServer::Stop(Duration drain) {
  const MutexLock stopping(stop_mu_);
  context_.stopping = true;
  listener_.Wake();
  if (acceptor_.joinable()) {
    acceptor_.join();
    listener_.Close();
  }
  const Instant deadline = Now() + drain;
  const MutexLock lock(mu_);
  for (Connection& connection : open_) {
    connection.EndIfIdle();
  }
  for (Duration left = drain; !open_.empty() && left > Duration::zero(); left = deadline - Now()) {
    ended_.WaitFor(mu_, left);
  }
  for (Connection& connection : open_) {
    connection.Cut();
  }
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Listen(ServerOptions options, std::vector<Route> routes) {
  BERTH_ASSIGN_OR_RETURN(Router router, Router::Create(std::move(routes)));
  ServerTlsBox::Ptr tls;
  if (options.tls) {
    BERTH_ASSIGN_OR_RETURN(tls, ServerTlsContext::Create(*options.tls));
    options.tls.reset();  // the key is in memory once, with OpenSSL
  }
  BERTH_ASSIGN_OR_RETURN(Listener listener, Listener::Bind(options.host, options.port));
  return std::unique_ptr<Server>(std::make_unique<ThreadedServer>(
      options, std::move(tls), std::move(router), std::move(listener)));
}

}  // namespace berth::net
