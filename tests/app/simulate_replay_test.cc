// berth simulate --nodes FILE --pods FILE: from files to what is printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "berth/app/run.h"
#include "berth/sim/replay.h"
#include "said.h"
#include "testing/golden.h"
#include "testing/temporary_directory.h"
#include "testing/tests_directory.h"

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Two nodes, three pods that come and leave, and orders of theirs for seeds 1 and 2.
class SimulateReplay : public testing::Test {
 protected:
  SimulateReplay() {
    Write("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\na,9000,9000,1,T4\nb,9000,9000,1,G2\n");
    Write("pods.csv",
          "cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time\n"
          "1,1,1,600,0,30\n1,1,1,500,10,40\n1,1,1,400,20,50\n");
    Write("untimed.csv", "cpu_milli,memory_mib,num_gpu,gpu_milli\n1,1,1,600\n");
    Write("order.1.txt", "0\n1\n2\n");
    Write("order.2.txt", "2\n2\n2\n");
    Write("rank.1.txt", "0\n1\n");
    Write("rank.2.txt", "1\n0\n");
    Write("bad.txt", "0\n3\n");
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(File(name)) << text;
  }
  std::string File(const std::string& name) const { return directory_.file(name); }

  static Said Simulate(std::vector<std::string> flags) {
    flags.insert(flags.begin(), "simulate");
    return Say(flags);
  }
  Said OfNodes(std::vector<std::string> flags) const {
    flags.insert(flags.begin(), {"--nodes", File("nodes.csv")});
    return Simulate(std::move(flags));
  }
  Said OfPods(std::vector<std::string> flags) const {
    flags.insert(flags.begin(), {"--pods", File("pods.csv")});
    return OfNodes(std::move(flags));
  }

 private:
  const tests::TemporaryDirectory directory_;
};

TEST_F(SimulateReplay, PrintsARowForEveryPolicy) {
  const Said said = OfPods({});
  EXPECT_EQ(said.code, kDone);
  EXPECT_EQ(said.err, "");
  EXPECT_THAT(said.out, StartsWith("policy"));
  const auto rows = static_cast<std::ptrdiff_t>(sim::PackingPolicies().size());
  EXPECT_EQ(std::ranges::count(said.out, '\n'), 1 + rows) << said.out;
}

TEST_F(SimulateReplay, PrintsWherePodsWent) {
  const Said said = OfPods({"--policy", "best-fit", "-o", "json"});
  EXPECT_EQ(said.code, kDone);
  EXPECT_THAT(said.out, HasSubstr(R"({"event": 0, "pod_row": 0, "node": "a", "devices": [0]},)"));
  EXPECT_THAT(said.out, HasSubstr(R"({"event": 1, "pod_row": 1, "node": "b", "devices": [0]},)"));
  EXPECT_THAT(said.out, HasSubstr(R"({"event": 2, "pod_row": 2, "node": "a", "devices": [0]})"));
}

TEST_F(SimulateReplay, TakesOrdersAndRanksOfEachSeed) {
  const Said said =
      OfPods({"--order", File("order.{seed}.txt"), "--node-rank", File("rank.{seed}.txt"),
              "--seeds", "1,2", "--policy", "first-fit,binpack", "-o", "json"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_THAT(said.out, HasSubstr(R"({"event": 0, "pod_row": 0, "node": "a", "devices": [0]},)"));
  EXPECT_THAT(said.out, HasSubstr(R"({"event": 0, "pod_row": 2, "node": "b", "devices": [0]},)"));
  EXPECT_THAT(said.out, HasSubstr(R"("policy": "binpack", "seed": "mean")"));
}

TEST_F(SimulateReplay, InflatesWithASeed) {
  const auto inflate = [&](const std::string& seed) {
    return OfPods({"--inflate", "130", "--policy", "fgd", "--seed", seed, "-o", "json"}).out;
  };
  EXPECT_EQ(inflate("1"), inflate("1"));
  EXPECT_NE(inflate("1"), inflate("2"));
}

TEST_F(SimulateReplay, LetsPodsLeave) {
  const Said said = OfPods({"--departures", "--policy", "first-fit", "-o", "csv"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_THAT(said.out, StartsWith("policy,seed,at,arrived,allocated,fragmented\n"
                                   "first-fit,42,0,30.00,30.00,"));
  EXPECT_THAT(said.out, HasSubstr("\nfirst-fit,42,99,20.00,20.00,"));
}

TEST_F(SimulateReplay, DrawsAChart) {
  const Said said = OfPods({"--policy", "fgd", "--chart", File("chart.svg")});
  EXPECT_EQ(said.code, kDone);
  std::ostringstream chart;
  chart << std::ifstream(File("chart.svg")).rdbuf();
  EXPECT_THAT(chart.str(), StartsWith("<svg "));
}

// Times differ from run to run; what is allocated does not.
TEST_F(SimulateReplay, PrintsHowCostGrows) {
  const Said said = OfPods({"--scale", "100", "--policy", "fgd,first-fit"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_THAT(said.out, StartsWith("policy     nodes  pods  CPU s  us a pod  allocated %\n"));
  EXPECT_THAT(said.out, HasSubstr("\nfgd           10   100 "));
  EXPECT_THAT(said.out, HasSubstr("\nfirst-fit    100  1000 "));
}

TEST_F(SimulateReplay, ReplaysTheExampleTrace) {
  const std::string trace = std::string(tests::kTestsDirectory) + "/../examples/trace.yaml";
  const Said said =
      Simulate({"--trace", trace, "--inflate", "120", "--policy", "first-fit,best-fit"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_TRUE(tests::MatchesGolden(said.out, "golden/sim/example_trace.txt"));
}

// What a live Berth says of its cluster is a trace too: tests/server/cluster_pages_test.cc.
TEST_F(SimulateReplay, ReplaysASnapshot) {
  const std::string snapshot = std::string(tests::kTestsDirectory) + "/golden/server/snapshot.json";
  const Said said = Simulate({"--cluster", snapshot, "--policy", "first-fit", "-o", "json"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_THAT(said.out, HasSubstr(R"("node": "gpu-a-1", "devices": [0])"));
  EXPECT_THAT(said.out, HasSubstr(R"("failed": 0)"));
  EXPECT_EQ(Simulate({"--cluster", snapshot, "--inflate", "200", "--seeds", "1,2"}).code, kDone);
  EXPECT_EQ(Simulate({"--cluster", snapshot, "--scale", "100", "--policy", "fgd"}).code, kDone);
}

TEST_F(SimulateReplay, ReplaysTheExampleCluster) {
  const std::string cluster = std::string(tests::kTestsDirectory) + "/../examples/cluster.yaml";
  const Said said = Simulate({"--cluster", cluster, "--policy", "first-fit,best-fit"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_TRUE(tests::MatchesGolden(said.out, "golden/sim/example_cluster.txt"));
}

TEST_F(SimulateReplay, ATraceHasOneSource) {
  struct Wrong {
    std::vector<std::string> flags;
    std::string want;
  };
  const std::string nodes = File("nodes.csv");
  Write("none.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n");
  const std::vector<Wrong> all = {
      {{"--cluster", "c", "--nodes", nodes}, "--cluster and --nodes exclude each other"},
      {{"--cluster", "c", "--pods", nodes}, "--cluster and --pods exclude each other"},
      {{"--cluster", "c", "--trace", "t"}, "--cluster and --trace exclude each other"},
      {{"--trace", "t", "--nodes", nodes}, "--trace and --nodes exclude each other"},
      {{"--trace", "t", "--config", "c"}, "--config goes with --cluster only"},
      {{"--trace", "/no/such/file"}, "--trace: /no/such/file: No such file"},
      {{"--trace", nodes}, "nodes.csv:1:1: "},
      {{"--cluster", "/no/such/file"}, "/no/such/file: No such file"},
      {{"--cluster", File("none.yaml")}, "none.yaml: no node has devices"},
      {{"--cluster", std::string(tests::kTestsDirectory) + "/golden/server/snapshot.json",
        "--departures"},
       "--departures: nothing says when pods end"},
  };
  for (const Wrong& wrong : all) {
    const Said said = Simulate(wrong.flags);
    EXPECT_EQ(said.code, kWrongUse) << wrong.want;
    EXPECT_THAT(said.err, HasSubstr(wrong.want));
    EXPECT_EQ(said.out, "") << wrong.want;
  }
}

TEST_F(SimulateReplay, SaysWhatIsWrongWithFlagsAndFiles) {
  struct Wrong {
    std::vector<std::string> flags;
    std::string want;
  };
  const std::string pods = File("pods.csv");
  const std::vector<Wrong> all = {
      {{}, "--pods is missing"},
      {{"--pods", "/no/such/file"}, "--pods: /no/such/file: No such file"},
      {{"--pods", File("nodes.csv")}, "nodes.csv:1: there is no column 'sn'"},
      {{"--pods", pods, "--order", "/no/{seed}"}, "--order: /no/42: No such file"},
      {{"--pods", pods, "--order", File("bad.txt")},
       "bad.txt:2: expected a whole number below 3, found '3'"},
      {{"--pods", pods, "--node-rank", File("order.1.txt")},
       "order.1.txt:3: expected a whole number below 2, found '2'"},
      {{"--pods", pods, "--order", "a", "--inflate", "130"},
       "--order and --inflate exclude each other"},
      {{"--pods", pods, "--inflate", "0"},
       "--inflate: expected a whole number from 1 to 10000, found '0'"},
      {{"--pods", pods, "--departures", "--inflate", "130"},
       "--departures and --inflate exclude each other"},
      {{"--pods", File("untimed.csv"), "--departures"}, "--departures: nothing says when pods end"},
      {{"--pods", pods, "--scale", "99"}, "--scale: expected a whole number from 100 to 1000000"},
      {{"--pods", pods, "--scale", "100", "-o", "json"}, "--scale and -o exclude each other"},
      {{"--pods", pods, "--chart", "-"}, "--chart: expected the name of a file, found '-'"},
      {{"--pods", pods, "--ties", "first"}, "--ties: expected rank or any, found 'first'"},
      {{"--pods", pods, "--typical-pods", "all"},
       "--typical-pods: expected learn or trace, found 'all'"},
      {{"--pods", pods, "--policy", "combined"},
       "--policy: there is no policy 'combined'; there are: random, first-fit, "},
  };
  EXPECT_THAT(Simulate({"--nodes", "-", "--pods", "-"}).err,
              HasSubstr("--nodes and --pods cannot both be standard input"));
  for (const Wrong& wrong : all) {
    const Said said = OfNodes(wrong.flags);
    EXPECT_EQ(said.code, kWrongUse) << wrong.want;
    EXPECT_THAT(said.err, HasSubstr(wrong.want));
    EXPECT_EQ(said.out, "") << wrong.want;
  }
}

}  // namespace
}  // namespace berth::app
