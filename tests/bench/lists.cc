#include "lists.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include <httplib.h>

#include "berth/apiclient/reflector.h"
#include "berth/apiclient/request_probe.h"
#include "berth/apiclient/session.h"
#include "berth/base/check.h"
#include "berth/kube/decoder.h"
#include "berth/state/store.h"
#include "net/certificates.h"
#include "served.h"
#include "world.h"

namespace berth::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kPageSize = 500;

double Microseconds(SteadyClock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

// The result of `work`, done in a process of its own: its memory is not mixed with others'.
template <typename Result>
Result InChild(const std::function<Result()>& work) {
  static_assert(std::is_trivially_copyable_v<Result>);
  int pipe_ends[2];
  BERTH_CHECK(::pipe(pipe_ends) == 0);
  const pid_t pid = ::fork();
  BERTH_CHECK(pid >= 0);
  if (pid == 0) {
    const Result result = work();
    BERTH_CHECK(::write(pipe_ends[1], &result, sizeof result) == sizeof result);
    std::_Exit(0);
  }
  ::close(pipe_ends[1]);
  Result result{};
  BERTH_CHECK(::read(pipe_ends[0], &result, sizeof result) == sizeof result);
  ::close(pipe_ends[0]);
  ::waitpid(pid, nullptr, 0);
  return result;
}

struct Measured {
  double cpu_us = 0;
  double synced_us = 0;
  double ready_us = 0;
  double peak_rss_mib = 0;
};

std::string PageToken(int first, int count) {
  return first + kPageSize < count ? std::to_string(first + kPageSize) : "";
}

// Only what Berth does is timed; the pages are made between.
Measured DecodePages(int nodes, int pods) {
  state::Store store(device::ClassTable::BuiltIn());
  kube::Decoder decoder;
  Measured measured;
  const auto page = [&](const std::string& json, bool last, auto&& read) {
    const double before = CpuSeconds(0);
    const auto begun = SteadyClock::now();
    read(json);
    if (last) {
      measured.ready_us = Microseconds(SteadyClock::now() - begun);
    }
    measured.cpu_us += (CpuSeconds(0) - before) * 1e6;
  };
  const auto complain = [](const Error&) { BERTH_CHECK(false); };
  store.BeginNodes();
  for (int first = 0; first < nodes; first += kPageSize) {
    page(NodePage(first, std::min(kPageSize, nodes - first), PageToken(first, nodes)), false,
         [&](const std::string& json) {
           BERTH_CHECK(decoder
                           .NodeList(
                               json,
                               [&](kube::NodeObject&& node) { store.PutNode(std::move(node)); },
                               complain)
                           .ok());
         });
  }
  store.EndNodes();
  store.BeginPods();
  for (int first = 0; first < pods; first += kPageSize) {
    const bool last = first + kPageSize >= pods;
    page(PodPage(first, std::min(kPageSize, pods - first), nodes, PageToken(first, pods)), last,
         [&](const std::string& json) {
           BERTH_CHECK(
               decoder
                   .PodList(
                       json, [&](kube::PodObject&& pod) { store.PutPod(std::move(pod)); }, complain)
                   .ok());
           if (last) {
             store.EndPods();
             BERTH_CHECK(store.snapshot()->size() == static_cast<cluster::NodeIndex>(nodes));
           }
         });
  }
  BERTH_CHECK(store.synced());
  measured.peak_rss_mib = StatusMiB(0, "VmHWM");
  return measured;
}

// An API server that knows two LISTs, and watches in which nothing happens.
class TlsApiServer {
 public:
  TlsApiServer(const net::Identity& identity, int nodes, int pods) {
    int port_pipe[2];
    BERTH_CHECK(::pipe(port_pipe) == 0);
    pid_ = ::fork();
    BERTH_CHECK(pid_ >= 0);
    if (pid_ == 0) {
      Run(identity, nodes, pods, port_pipe[1]);
      std::_Exit(0);
    }
    ::close(port_pipe[1]);
    BERTH_CHECK(::read(port_pipe[0], &port_, sizeof port_) == sizeof port_);
    ::close(port_pipe[0]);
  }
  ~TlsApiServer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  TlsApiServer(const TlsApiServer&) = delete;
  TlsApiServer& operator=(const TlsApiServer&) = delete;

  int port() const { return port_; }

 private:
  static void Run(const net::Identity& identity, int nodes, int pods, int port_pipe) {
    httplib::SSLServer server(
        httplib::SSLServer::PemMemory{.cert_pem = identity.certificate_pem.c_str(),
                                      .cert_pem_len = identity.certificate_pem.size(),
                                      .key_pem = identity.key_pem.c_str(),
                                      .key_pem_len = identity.key_pem.size(),
                                      .client_ca_pem = nullptr,
                                      .client_ca_pem_len = 0,
                                      .private_key_password = nullptr});
    server.set_keep_alive_max_count(100000);
    const auto list = [](int count, const std::function<std::string(int first, int size)>& page) {
      return [count, page](const httplib::Request& request, httplib::Response& response) {
        if (request.has_param("watch")) {
          response.set_chunked_content_provider(
              "application/json", [](std::size_t, httplib::DataSink&) {
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
                return true;
              });
          return;
        }
        const std::string token = request.get_param_value("continue");
        const int first = token.empty() ? 0 : std::stoi(token);
        response.set_content(page(first, std::min(kPageSize, count - first)), "application/json");
      };
    };
    server.Get("/api/v1/nodes", list(nodes, [&](int first, int size) {
                 return NodePage(first, size, PageToken(first, nodes));
               }));
    server.Get("/api/v1/pods", list(pods, [&](int first, int size) {
                 return PodPage(first, size, nodes, PageToken(first, pods));
               }));
    const int port = server.bind_to_any_port("127.0.0.1");
    BERTH_CHECK(::write(port_pipe, &port, sizeof port) == sizeof port);
    server.listen_after_bind();
  }

  pid_t pid_ = 0;
  int port_ = 0;
};

Measured ListOverTls(const TlsApiServer& api, const std::string& ca_pem, int nodes) {
  const SystemClock clock;
  apiclient::RequestProbe probe;
  apiclient::Credentials credentials;
  credentials.origin = fmt::format("https://127.0.0.1:{}", api.port());
  credentials.tls.ca_pem = ca_pem;
  auto session = apiclient::Session::Create(credentials, "berth-load", clock, probe);
  BERTH_CHECK(session.ok());
  state::Store store(device::ClassTable::BuiltIn());

  const double before = CpuSeconds(0);
  const auto begun = SteadyClock::now();
  Measured measured;
  {
    std::vector<std::jthread> reflecting;
    for (const auto kind : {apiclient::ObjectKind::kNodes, apiclient::ObjectKind::kPods}) {
      reflecting.emplace_back([&, kind](const std::stop_token& stop) {
        apiclient::Reflector(kind, **session, store, {}, {}, {.clock = clock}).Run(stop);
      });
    }
    while (!store.synced()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    BERTH_CHECK(store.snapshot()->size() == static_cast<cluster::NodeIndex>(nodes));
    measured.synced_us = Microseconds(SteadyClock::now() - begun);
    measured.cpu_us = (CpuSeconds(0) - before) * 1e6;
    measured.peak_rss_mib = StatusMiB(0, "VmHWM");
    for (std::jthread& thread : reflecting) {
      thread.request_stop();
    }
  }
  return measured;
}

}  // namespace

std::vector<Row> MeasureLists(int nodes, int pods) {
  const auto plain = InChild<Measured>([&] { return DecodePages(nodes, pods); });
  const net::TestAuthority authority;
  const TlsApiServer api(authority.Issue("api", "IP:127.0.0.1"), nodes, pods);
  const auto tls = InChild<Measured>([&] { return ListOverTls(api, authority.pem(), nodes); });
  return {{.name = "list", .nodes = nodes, .cpu_us = plain.cpu_us, .rss_mib = plain.peak_rss_mib},
          {.name = "list-tls", .nodes = nodes, .cpu_us = tls.cpu_us, .rss_mib = tls.peak_rss_mib},
          {.name = "ready", .nodes = nodes, .p50_us = plain.ready_us},
          {.name = "start", .nodes = nodes, .p50_us = tls.synced_us, .rss_mib = tls.peak_rss_mib}};
}

}  // namespace berth::bench
