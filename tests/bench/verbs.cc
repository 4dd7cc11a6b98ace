#include "verbs.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "berth/base/check.h"
#include "raw_client.h"
#include "served.h"
#include "world.h"

namespace berth::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

double Microseconds(SteadyClock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

// A filter's answer as the body of the prioritize that follows: the same pod, the nodes that were
// kept.
std::string PrioritizeArgs(std::string_view filter_answer, Mode mode) {
  simdjson::dom::parser parser;
  const simdjson::dom::element answer = parser.parse(simdjson::padded_string(filter_answer));
  std::string args = R"({"Pod":)" + AskingPodJson();
  const simdjson::dom::element kept =
      mode == Mode::kNames ? answer["NodeNames"].value() : answer["Nodes"].value();
  args += mode == Mode::kNames ? R"(,"Nodes":null,"NodeNames":)" : R"(,"NodeNames":null,"Nodes":)";
  return args + simdjson::minify(kept) + "}";
}

// One kind of request: what it costs the server, and how long it takes.
class Probe {
 public:
  explicit Probe(std::string request) : request_(std::move(request)) {}

  std::string_view request() const { return request_; }

  void Warm(RawClient& client, double seconds) {
    const auto begun = SteadyClock::now();
    client.Exchange(request_);
    client.Exchange(request_);
    const double each = Microseconds(SteadyClock::now() - begun) / 2e6;
    batch_ = std::max(1, static_cast<int>(seconds / each));
  }

  void Batch(RawClient& client, const ServedProcess& served) {
    const double before = served.cpu_seconds();
    for (int i = 0; i < batch_; ++i) {
      const auto begun = SteadyClock::now();
      client.Exchange(request_);
      latency_us_.push_back(Microseconds(SteadyClock::now() - begun));
    }
    cpu_us_.push_back((served.cpu_seconds() - before) * 1e6 / batch_);
  }

  double cpu_us() const { return Quantile(cpu_us_, 0.5); }
  double p50_us() const { return Quantile(latency_us_, 0.5); }
  double p99_us() const { return Quantile(latency_us_, 0.99); }

 private:
  std::string request_;
  int batch_ = 1;
  std::vector<double> cpu_us_;
  std::vector<double> latency_us_;
};

// A verb's probe and the floor's with the same body and an answer as long.
struct Pair {
  Pair(RawClient& client, std::string_view path, const std::string& body)
      : verb(PostRequest(path, body)), floor(PostRequest("/floor", body)) {
    answer = std::string(client.Exchange(verb.request()));
    constant = PostRequest("/floor/next", answer);
  }

  Probe verb;
  Probe floor;
  std::string answer;
  std::string constant;
};

Row RowOf(std::string name, int nodes, Mode mode, const Pair& pair, double rss_mib) {
  return {.name = std::move(name),
          .nodes = nodes,
          .mode = mode == Mode::kNames ? "names" : "nodes",
          .cpu_us = pair.verb.cpu_us(),
          .floor_us = pair.floor.cpu_us(),
          .p50_us = pair.verb.p50_us(),
          .p99_us = pair.verb.p99_us(),
          .rss_mib = rss_mib};
}

std::vector<double> Latencies(RawClient& client, std::string_view request, double seconds) {
  std::vector<double> taken;
  const auto end = SteadyClock::now() + std::chrono::duration<double>(seconds);
  while (SteadyClock::now() < end) {
    const auto begun = SteadyClock::now();
    client.Exchange(request);
    taken.push_back(Microseconds(SteadyClock::now() - begun));
  }
  return taken;
}

Row LatencyRow(std::string name, int nodes, const std::vector<double>& taken) {
  return {.name = std::move(name),
          .nodes = nodes,
          .mode = "names",
          .p50_us = Quantile(taken, 0.5),
          .p99_us = Quantile(taken, 0.99)};
}

std::string BindArgs(int pod, int nodes) {
  const std::string uid = PendingPod(pod).uid;
  return fmt::format(R"({{"PodName":"slow-{}","PodNamespace":"ml","PodUID":"{}","Node":"{}"}})",
                     pod, uid,
                     NodeName(pod * 5 % nodes));  // every fifth is a shared one
}

// filter and prioritize of 5,000 nodes on one service and, as its floor, on another, in turns.
Row Compare(std::string name, Terms floor, Terms measured, const Effort& effort) {
  constexpr int kNodes = 5000;
  const ServedProcess plain(kNodes, floor);
  const ServedProcess informed(kNodes, measured);
  struct Side {
    explicit Side(const ServedProcess& the_served)
        : served(the_served),
          client(the_served.port()),
          filter(PostRequest("/filter", ArgsWithNames(OfferedNames(kNodes)))),
          prioritize(PostRequest(
              "/prioritize", PrioritizeArgs(client.Exchange(filter.request()), Mode::kNames))) {}
    const ServedProcess& served;
    RawClient client;
    Probe filter;
    Probe prioritize;
    double cpu_us() const { return filter.cpu_us() + prioritize.cpu_us(); }
  };
  Side without(plain);
  Side with(informed);
  for (int repetition = -1; repetition < effort.repetitions; ++repetition) {
    for (Side* side : {&without, &with}) {
      for (Probe* probe : {&side->filter, &side->prioritize}) {
        if (repetition < 0) {
          probe->Warm(side->client, effort.batch_seconds);
        } else {
          probe->Batch(side->client, side->served);
        }
      }
    }
  }
  return {.name = std::move(name),
          .nodes = kNodes,
          .mode = "names",
          .cpu_us = with.cpu_us(),
          .floor_us = without.cpu_us(),
          .p50_us = with.filter.p50_us() + with.prioritize.p50_us()};
}

}  // namespace

std::vector<Row> MeasureVerbs(int nodes, Mode mode, const Effort& effort) {
  const ServedProcess served(nodes);
  RawClient client(served.port());
  const std::string body =
      mode == Mode::kNames ? ArgsWithNames(OfferedNames(nodes)) : ArgsWithNodes(nodes);
  Pair filter(client, "/filter", body);
  Pair prioritize(client, "/prioritize", PrioritizeArgs(filter.answer, mode));

  for (int repetition = -1; repetition < effort.repetitions; ++repetition) {
    for (Pair* pair : {&filter, &prioritize}) {
      client.Exchange(pair->constant);
      if (repetition < 0) {
        pair->verb.Warm(client, effort.batch_seconds);
        pair->floor.Warm(client, effort.batch_seconds);
        continue;
      }
      pair->verb.Batch(client, served);
      pair->floor.Batch(client, served);
    }
  }
  std::vector<Row> rows = {RowOf("filter", nodes, mode, filter, served.rss_mib()),
                           RowOf("prioritize", nodes, mode, prioritize, served.rss_mib())};
  rows.push_back({.name = "filter+prioritize",
                  .nodes = nodes,
                  .mode = rows[0].mode,
                  .cpu_us = *rows[0].cpu_us + *rows[1].cpu_us,
                  .floor_us = *rows[0].floor_us + *rows[1].floor_us,
                  .p50_us = *rows[0].p50_us + *rows[1].p50_us});
  return rows;
}

std::vector<Row> MeasureTerms(const Effort& effort) {
  return {Compare("all-terms", Terms::kGpuMemory, Terms::kAll, effort),
          Compare("fragmentation", Terms::kBinding, Terms::kFragmentation, effort)};
}

std::vector<Row> MeasureResources(const Effort& effort) {
  constexpr int kNodes = 5000;
  constexpr double kSeries = 40'000;
  const ServedProcess served(kNodes, Terms::kToldOnce);
  RawClient client(served.port());
  Probe page("GET /metrics/resources HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  page.Warm(client, effort.batch_seconds);
  const std::string_view text = client.Exchange(page.request());
  // Every sample stands in a line that ends with its value.
  std::size_t series = 0;
  for (std::size_t at = text.find("\nberth_"); at != std::string_view::npos;
       at = text.find("\nberth_", at + 1)) {
    ++series;
  }
  BERTH_CHECK(series >= 3U * 8 * kNodes);
  for (int repetition = 0; repetition < effort.repetitions; ++repetition) {
    page.Batch(client, served);
  }
  return {{.name = "resources",
           .nodes = kNodes,
           .cpu_us = page.cpu_us() * kSeries / static_cast<double>(series),
           .p50_us = page.p50_us(),
           .rss_mib = served.peak_rss_mib()}};
}

std::vector<Row> MeasureConnections(const Effort& effort) {
  constexpr int kNodes = 5000;
  constexpr int kBinds = 128;
  const double seconds = effort.batch_seconds * effort.repetitions;
  const ServedProcess served(kNodes);
  RawClient client(served.port());
  const std::string small = PostRequest("/filter", ArgsWithNames({NodeName(0)}));
  const std::string large = PostRequest("/filter", ArgsWithNames(OfferedNames(kNodes)));
  std::vector<Row> rows;

  Latencies(client, small, 0.05);
  rows.push_back(LatencyRow("keep-alive", 1, Latencies(client, small, seconds)));

  {
    std::vector<std::unique_ptr<RawClient>> idle;
    for (int i = 0; i < 100; ++i) {
      idle.push_back(std::make_unique<RawClient>(served.port()));
      idle.back()->Exchange(small);
    }
    std::vector<double> taken;
    for (int i = 0; i < 20; ++i) {
      const auto begun = SteadyClock::now();
      RawClient late(served.port());
      late.Exchange(small);
      taken.push_back(Microseconds(SteadyClock::now() - begun));
    }
    rows.push_back(LatencyRow("idle-connections", 1, taken));
  }

  Latencies(client, large, 0.1);
  rows.push_back(LatencyRow("filter-quiet", kNodes, Latencies(client, large, 0.5)));
  std::vector<std::unique_ptr<RawClient>> binding;
  for (int pod = 0; pod < kBinds; ++pod) {
    binding.push_back(std::make_unique<RawClient>(served.port()));
    binding.back()->Send(PostRequest("/bind", BindArgs(pod, kNodes)));
  }
  // The API server answers each bind after a second: all of them are in flight meanwhile.
  rows.push_back(LatencyRow("filter-while-binding", kNodes, Latencies(client, large, 0.5)));
  for (const auto& bind : binding) {
    const std::string_view answer = bind->Receive();
    if (answer != "{}") {
      fmt::print(stderr, "berth-load: a bind failed: {}\n", answer);
    }
    BERTH_CHECK(answer == "{}");
  }
  return rows;
}

}  // namespace berth::bench
