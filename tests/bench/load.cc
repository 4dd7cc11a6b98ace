// Measures Berth from outside, over real sockets. scripts/bench runs it and holds the numbers to
// the bars.
//
//   berth-load [--quick]                          rows of JSON on standard output, what it does on
//   standard error berth-load --serve NODES [--kernel NAME]      serves until standard input ends,
//   prints the port; for callgrind berth-load --ask PORT REQUESTS NODES          sends so many
//   filters of so many nodes, each on a new connection
#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "lists.h"
#include "raw_client.h"
#include "rows.h"
#include "served.h"
#include "verbs.h"
#include "world.h"

namespace berth::bench {
namespace {

void Print(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    fmt::print("{}\n", ToJson(row));
  }
  std::fflush(stdout);
}

int Measure(bool quick) {
  const Effort effort = quick ? Effort{.repetitions = 5, .batch_seconds = 0.02} : Effort{};
  const Effort heavy{.repetitions = quick ? 3 : 7, .batch_seconds = 0.1};
  // First, while this process is small: the lists' children start from its memory.
  fmt::print(stderr, "the first list of 5000 nodes and 50000 pods\n");
  Print(MeasureLists(5000, 50000));
  for (const int nodes : {1000, 5000, 20000}) {
    fmt::print(stderr, "filter and prioritize, {} names\n", nodes);
    Print(MeasureVerbs(nodes, Mode::kNames, effort));
  }
  for (const int nodes : {1000, 5000}) {
    fmt::print(stderr, "filter and prioritize, {} whole nodes\n", nodes);
    Print(MeasureVerbs(nodes, Mode::kNodes, heavy));
  }
  fmt::print(stderr, "filter and prioritize with all terms, and with the packing fragmentation\n");
  Print(MeasureTerms(effort));
  fmt::print(stderr, "the page of devices\n");
  Print(MeasureResources(effort));
  fmt::print(stderr, "connections\n");
  Print(MeasureConnections(effort));
  return 0;
}

int ServeAlone(int nodes, std::string_view kernel) {
  if (!kernel.empty()) {
    const simdjson::implementation* const chosen =
        simdjson::get_available_implementations()[std::string(kernel)];
    if (chosen == nullptr || !chosen->supported_by_runtime_system()) {
      fmt::print(stderr, "berth-load: simdjson has no kernel {} here\n", kernel);
      return 2;
    }
    simdjson::get_active_implementation() = chosen;
  }
  Serve(nodes, Terms::kGpuMemory, [](std::uint16_t port) {
    fmt::print("{}\n", port);
    std::fflush(stdout);
  });
  return 0;
}

int Ask(std::uint16_t port, int requests, int nodes) {
  const std::string request = PostRequest("/filter", ArgsWithNames(OfferedNames(nodes)));
  for (int i = 0; i < requests; ++i) {
    RawClient(port).Exchange(request);
  }
  return 0;
}

int Main(const std::vector<std::string>& arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  if (arguments.empty() || (command == "--quick" && arguments.size() == 1)) {
    return Measure(command == "--quick");
  }
  if (command == "--serve" &&
      (arguments.size() == 2 || (arguments.size() == 4 && arguments[2] == "--kernel"))) {
    return ServeAlone(std::stoi(arguments[1]), arguments.size() == 4 ? arguments[3] : "");
  }
  if (command == "--ask" && arguments.size() == 4) {
    return Ask(static_cast<std::uint16_t>(std::stoi(arguments[1])), std::stoi(arguments[2]),
               std::stoi(arguments[3]));
  }
  fmt::print(
      stderr,
      "usage: berth-load [--quick] | --serve NODES [--kernel NAME] | --ask PORT REQUESTS NODES\n");
  return 2;
}

}  // namespace
}  // namespace berth::bench

int main(int argc, char** argv) { return berth::bench::Main({argv + 1, argv + argc}); }
