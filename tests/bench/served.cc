#include "served.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "berth/base/mutex.h"
#include "berth/extender/service.h"
#include "berth/net/server.h"
#include "berth/server/routes.h"
#include "slow_api.h"
#include "world.h"

namespace berth::bench {
namespace {

using std::chrono::seconds;

// The least that any extender must do: receive the body, look at every name in it, send an answer.
class Floor {
 public:
  std::vector<net::Route> Routes() {
    return {{.method = "POST",
             .path = "/floor/next",
             .handler =
                 [this](const net::Request& request, net::Response&) {
                   answer_ = std::make_shared<const std::string>(request.body);
                 }},
            {.method = "POST",
             .path = "/floor",
             .handler = [this](const net::Request& request, net::Response& response) {
               BERTH_CHECK(Walk(request.body) > 0);
               response.body.assign(*answer_);
             }}};
  }

 private:
  // How many nodes the body names.
  static std::size_t Walk(std::string_view body) {
    using simdjson::ondemand::object;
    thread_local simdjson::ondemand::parser parser;
    std::size_t names = 0;
    auto document = parser.iterate(body.data(), body.size(), body.size() + net::kBodyPadding);
    for (auto field : document.get_object()) {
      const simdjson::ondemand::raw_json_string key = field.key();
      if (key == "NodeNames") {
        simdjson::ondemand::array list;
        if (field.value().get_array().get(list) == simdjson::SUCCESS) {
          for (auto name : list) {
            names += name.get_raw_json_string().error() == simdjson::SUCCESS ? 1U : 0U;
          }
        }
      } else if (key == "Nodes") {
        object nodes;
        if (field.value().get_object().get(nodes) == simdjson::SUCCESS) {
          for (auto item : nodes["items"].get_array()) {
            names += item["metadata"]["name"].get_raw_json_string().error() == simdjson::SUCCESS
                         ? 1U
                         : 0U;
          }
        }
      }
    }
    return names;
  }

  std::shared_ptr<const std::string> answer_;  // set between measurements
};

extender::Options OptionsFor(Terms terms) {
  using enum core::Packing;
  const core::Packing packing = terms == Terms::kFragmentation ? kFragmentation : kBinpack;
  return {.profiles = {{.policy = {.node_packing = packing, .device_packing = packing}}}};
}

// Until told to stop, a hundred a second; each stays for one.
void LetPodsComeAndGo(state::Store& store, int nodes, const std::stop_token& stop) {
  constexpr int kFirst = 1000;  // beyond those that wait to be bound
  constexpr int kAtOnce = 100;
  for (int pod = kFirst; !stop.stop_requested(); ++pod) {
    const kube::PodObject coming = PendingPod(pod);
    store.PutPod(coming);
    auto taken = store.Assume(coming.uid, NodeName(pod * 5 % nodes), cluster::DeviceSet::Only(0));
    if (taken.ok()) {
      std::move(taken).value().Keep();
    }
    store.RemovePod(PendingPod(pod - kAtOnce).uid);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

void Serve(int nodes, Terms terms, const std::function<void(std::uint16_t port)>& ready) {
  const std::unique_ptr<state::Store> store = FilledStore(nodes);
  for (int pod = 0; pod < 256; ++pod) {
    store->PutPod(PendingPod(pod));
  }
  const SystemClock clock;
  SlowApi api(seconds(1));
  observe::Metrics metrics({});
  observe::Logger log({}, clock, [](std::string_view) {});
  extender::Service service(OptionsFor(terms), *store, api, clock, metrics, log);
  Floor floor;
  std::vector<net::Route> routes = server::SchedulerRoutes(service);
  for (net::Route& route : floor.Routes()) {
    routes.push_back(std::move(route));
  }
  for (net::Route& route : server::OperationsRoutes(
           {.store = *store, .metrics = metrics, .clock = clock, .per_device_metrics = true})) {
    routes.push_back(std::move(route));
  }
  auto server = net::Server::Listen(
      {.max_body_bytes = std::size_t{512} << 20, .max_total_body_bytes = std::size_t{1} << 30},
      std::move(routes));
  BERTH_CHECK(server.ok());
  std::jthread telling;
  if (terms == Terms::kBinding || terms == Terms::kFragmentation) {
    telling = std::jthread(
        [&store, nodes](const std::stop_token& stop) { LetPodsComeAndGo(*store, nodes, stop); });
  }
  if (terms == Terms::kAll || terms == Terms::kToldOnce) {
    TellCatalog(*store);
    TellLoadsAndWeights(*store, 0);
  }
  if (terms == Terms::kAll) {
    telling = std::jthread([&store](const std::stop_token& stop) {
      for (std::uint32_t seed = 1; !stop.stop_requested(); ++seed) {
        TellLoadsAndWeights(*store, seed);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    });
  }
  ready((*server)->port());
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  (*server)->Stop(seconds(1));
}

ServedProcess::ServedProcess(int nodes, Terms terms) {
  int to_child[2];
  int from_child[2];
  BERTH_CHECK(::pipe(to_child) == 0 && ::pipe(from_child) == 0);
  pid_ = ::fork();
  BERTH_CHECK(pid_ >= 0);
  if (pid_ == 0) {
    ::dup2(to_child[0], STDIN_FILENO);
    ::close(to_child[0]);
    ::close(to_child[1]);
    ::close(from_child[0]);
    Serve(nodes, terms, [&](std::uint16_t port) {
      BERTH_CHECK(::write(from_child[1], &port, sizeof port) == sizeof port);
    });
    std::_Exit(0);
  }
  ::close(to_child[0]);
  ::close(from_child[1]);
  stdin_ = to_child[1];
  BERTH_CHECK(::read(from_child[0], &port_, sizeof port_) == sizeof port_);
  ::close(from_child[0]);
}

ServedProcess::~ServedProcess() {
  ::close(stdin_);
  ::waitpid(pid_, nullptr, 0);
}

double ServedProcess::cpu_seconds() const { return CpuSeconds(pid_); }
double ServedProcess::rss_mib() const { return StatusMiB(pid_, "VmRSS"); }
double ServedProcess::peak_rss_mib() const { return StatusMiB(pid_, "VmHWM"); }

double CpuSeconds(pid_t pid) {
  clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
  timespec time{};
  if (pid != 0) {
    BERTH_CHECK(::clock_getcpuclockid(pid, &clock) == 0);
  }
  BERTH_CHECK(::clock_gettime(clock, &time) == 0);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double StatusMiB(pid_t pid, std::string_view field) {
  std::ifstream status(pid == 0 ? "/proc/self/status" : fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) {
      return std::stod(line.substr(field.size() + 1)) / 1024;
    }
  }
  return 0;
}

}  // namespace berth::bench
