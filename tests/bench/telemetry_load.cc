// Measures the collector: targets with pages of real size, scraped over loopback and kept
// connections from another process that serves them. scripts/bench runs it.
//
//   berth-telemetry-load [--quick]       a row of JSON on standard output, the story on standard
//                                        error
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "berth/cluster/names.h"
#include "berth/telemetry/collector.h"
#include "berth/telemetry/load_book.h"
#include "rows.h"
#include "telemetry_pages.h"

namespace berth::bench {
namespace {

using std::chrono::seconds;

constexpr int kWorkers = 8;
constexpr int kDevicesPerNode = 8;

// --- The servers, all in one process: what they cost is not the collector's.

class Pages {
 public:
  explicit Pages(const std::vector<MetricPage>& pages) {
    for (const MetricPage& page : pages) {
      answers_.emplace("/" + page.engine,
                       fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
                                   "Content-Length: {}\r\n\r\n{}",
                                   page.text.size(), page.text));
    }
  }
  // "GET /vllm HTTP/1.1..."
  std::string_view Answer(std::string_view request) const {
    const std::size_t start = request.find(' ') + 1;
    const auto found =
        answers_.find(std::string(request.substr(start, request.find(' ', start) - start)));
    return found == answers_.end() ? std::string_view() : std::string_view(found->second);
  }

 private:
  std::unordered_map<std::string, std::string> answers_;
};

struct Peer {
  std::string request;
  std::string_view answer;  // still to be sent
};

void Watch(int epoll, int operation, int fd, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  (void)::epoll_ctl(epoll, operation, fd, &event);
}

// False: the connection is over.
bool Exchange(int fd, Peer& peer, const Pages& pages) {
  std::array<char, 4096> buffer{};
  while (peer.answer.empty()) {
    const ssize_t received = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (received <= 0) {
      return received < 0 && errno == EAGAIN;
    }
    peer.request.append(buffer.data(), static_cast<std::size_t>(received));
    if (peer.request.ends_with("\r\n\r\n")) {
      peer.answer = pages.Answer(peer.request);
      peer.request.clear();
    }
  }
  while (!peer.answer.empty()) {
    const ssize_t sent =
        ::send(fd, peer.answer.data(), peer.answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent <= 0) {
      return sent < 0 && errno == EAGAIN;
    }
    peer.answer.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

[[noreturn]] void ServeForever(int listener, const Pages& pages) {
  const int epoll = ::epoll_create1(0);
  Watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
  std::unordered_map<int, Peer> peers;
  while (true) {
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        if (const int accepted = ::accept(listener, nullptr, nullptr); accepted >= 0) {
          const int on = 1;
          (void)::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
          Watch(epoll, EPOLL_CTL_ADD, accepted, EPOLLIN);
        }
        continue;
      }
      Peer& peer = peers[fd];
      if (!Exchange(fd, peer, pages)) {
        ::close(fd);
        peers.erase(fd);
        continue;
      }
      Watch(epoll, EPOLL_CTL_MOD, fd, peer.answer.empty() ? EPOLLIN : EPOLLOUT);
    }
  }
}

// Ends with its destruction.
class ServerProcess {
 public:
  explicit ServerProcess(const std::vector<MetricPage>& pages) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, generic, length) != 0 || ::listen(listener, 4096) != 0 ||
        ::getsockname(listener, generic, &length) != 0) {
      throw std::runtime_error("cannot listen on loopback");
    }
    port_ = ntohs(address.sin_port);
    child_ = ::fork();
    if (child_ == 0) {
      (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ServeForever(listener, Pages(pages));
    }
    ::close(listener);
  }
  ~ServerProcess() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  pid_t child_ = -1;
  std::uint16_t port_ = 0;
};

// --- The collector's side.

double ProcessCpuSeconds() {
  timespec used{};
  (void)::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

double ResidentMib() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::vector<telemetry::Target> MakeTargets(const std::vector<MetricPage>& pages, int count,
                                           std::uint16_t port) {
  std::vector<telemetry::Target> targets;
  for (const MetricPage& page : pages) {
    const int of_page = static_cast<int>(page.share * count + 0.5);
    for (int i = 0; i < of_page; ++i) {
      const auto n = targets.size();
      targets.push_back({.id = fmt::format("3f9d7c1e-0b7a-4c6e-9d1f-{:012d}", n),
                         .ns = "ml",
                         .name = fmt::format("{}-{}", page.engine, n),
                         .node = fmt::format("gpu-{}", n % static_cast<std::size_t>(count)),
                         .host = "127.0.0.1",
                         .port = port,
                         .path = "/" + page.engine,
                         .engine = page.engine});
    }
  }
  return targets;
}

// As many nodes as targets, each with eight devices and one server on them.
telemetry::Occupancy MakeOccupancy(const std::vector<telemetry::Target>& targets) {
  telemetry::Occupancy occupancy;
  std::vector<std::string_view> names;
  for (const telemetry::Target& target : targets) {
    names.emplace_back(target.node);
    cluster::NodeFacts facts{.name = target.node, .mode = cluster::NodeMode::kShared};
    for (int d = 0; d < kDevicesPerNode; ++d) {
      facts.devices.push_back({.id = std::to_string(d), .memory = 80_GiB});
    }
    telemetry::NodeOccupancy node{.facts =
                                      std::make_shared<const cluster::NodeFacts>(std::move(facts))};
    for (int d = 0; d < kDevicesPerNode; ++d) {
      telemetry::Holder holder;
      holder.uid = d == 0 ? target.id : fmt::format("{}-{}", target.id, d);
      holder.ns = target.ns;
      holder.name = target.name;
      holder.devices = cluster::DeviceSet::Only(d);
      holder.memory = 40_GiB;
      holder.model = "llama-3-70b";
      holder.serves = true;
      holder.ready = true;
      node.holders.push_back(std::move(holder));
    }
    occupancy.nodes.push_back(std::move(node));
  }
  occupancy.names = std::make_shared<const cluster::NameTable>(names);
  return occupancy;
}

int Measure(int count, seconds interval, int rounds) {
  const std::vector<MetricPage> pages = MetricPages();
  double mean_kib = 0;
  for (const MetricPage& page : pages) {
    const double kib = static_cast<double>(page.text.size()) / 1024;
    mean_kib += page.share * kib;
    fmt::print(stderr, "  {:5.1f} % {:20} {:6.1f} KiB\n", 100 * page.share, page.engine, kib);
  }
  fmt::print(stderr, "{} targets every {} s, {:.1f} KiB a page\n", count, interval.count(),
             mean_kib);

  const ServerProcess server(pages);
  const SystemClock clock;
  const telemetry::EngineTable engines = telemetry::EngineTable::BuiltIn();
  telemetry::LoadBook book{telemetry::LoadModel()};
  const std::vector<telemetry::Target> targets = MakeTargets(pages, count, server.port());

  const double rss_before = ResidentMib();
  telemetry::Collector collector(
      {.interval = interval}, engines, clock,
      [&](const telemetry::Readings& readings) { book.Observe(readings, clock.Now()); });
  collector.SetTargets(targets);
  std::vector<std::jthread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&](const std::stop_token& stop) { collector.Work(stop); });
  }
  std::this_thread::sleep_for(2 * interval);  // connects, learns counters
  const auto ok = [&] { return collector.counts().results[0]; };
  const std::uint64_t ok_before = ok();
  const double cpu_before = ProcessCpuSeconds();
  const Instant start = clock.Now();
  std::this_thread::sleep_for(rounds * interval);
  const double cpu = ProcessCpuSeconds() - cpu_before;
  const double wall = Seconds(clock.Now() - start);
  const auto scrapes = static_cast<double>(ok() - ok_before);
  const double rss = ResidentMib() - rss_before;
  const telemetry::CollectorCounts counts = collector.counts();

  const telemetry::Occupancy occupancy = MakeOccupancy(targets);
  const double build_before = ProcessCpuSeconds();
  const auto table = book.Build(occupancy, clock.Now());
  const double build = ProcessCpuSeconds() - build_before;

  for (std::size_t i = 1; i < telemetry::kScrapeResults; ++i) {
    if (counts.results[i] > 0) {
      fmt::print(stderr, "  {}: {}\n", telemetry::Name(static_cast<telemetry::ScrapeResult>(i)),
                 counts.results[i]);
    }
  }
  fmt::print(
      stderr,
      "{:.0f} scrapes in {:.1f} s: {:.2f} % of a core, {:.1f} us each, {:.1f} MiB more; late "
      "{}\nload table of {} nodes x {}: {:.1f} ms, fresh {:.2f}\n",
      scrapes, wall, 100 * cpu / wall, 1e6 * cpu / scrapes, rss, counts.late, table->nodes.size(),
      kDevicesPerNode, 1e3 * build, table->fresh_share);
  fmt::print("{}\n", ToJson({.name = "collector",
                             .nodes = count,
                             .mode = "targets",
                             .cpu_us = 1e6 * cpu / scrapes,
                             .rss_mib = rss}));
  fmt::print(
      "{}\n",
      ToJson({.name = "load-table", .nodes = count, .mode = "targets", .cpu_us = 1e6 * build}));
  return 0;
}

int Main(const std::vector<std::string_view>& arguments) {
  const bool quick = arguments.size() == 1 && arguments[0] == "--quick";
  if (!quick && !arguments.empty()) {
    fmt::print(stderr, "usage: berth-telemetry-load [--quick]\n");
    return 2;
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
  }
  // The quick one has the full one's rate of scrapes.
  return quick ? Measure(1000, seconds(3), 3) : Measure(5000, seconds(15), 2);
}

}  // namespace
}  // namespace berth::bench

int main(int argc, char** argv) { return berth::bench::Main({argv + 1, argv + argc}); }
