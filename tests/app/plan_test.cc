// What `berth plan` says and returns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "berth/app/run.h"
#include "said.h"
#include "testing/case_name.h"
#include "testing/golden.h"
#include "testing/temporary_directory.h"
#include "testing/tests_directory.h"

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Said Plan(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "plan");
  return Say(arguments);
}

struct WrongUse {
  std::string name;
  std::vector<std::string> arguments;
  std::string want;  // part of what it says
};

class PlanWrongUse : public testing::TestWithParam<WrongUse> {};

TEST_P(PlanWrongUse, IsExplainedAndExitsWithTwo) {
  const Said said = Plan(GetParam().arguments);
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, StartsWith("berth plan: "));
  EXPECT_THAT(said.err, HasSubstr(GetParam().want));
  EXPECT_EQ(said.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, PlanWrongUse,
    testing::Values(
        WrongUse{"StrayWord", {"ahead"}, "unexpected argument ahead"},
        WrongUse{
            "UnknownExperiment",
            {"--experiment", "shop"},
            "--experiment: there is no experiment 'shop'; there are: serving, standby, stated, "
            "schedulers"},
        WrongUse{"FlagOfAnotherExperiment",
                 {"--experiment", "standby", "--peak", "3"},
                 "--peak does not go with --experiment standby, which takes --starts, --setup, "
                 "--lead, --idle-cost"},
        WrongUse{"UnknownFormat", {"-o", "xml"}, "-o: expected table, json or csv, found 'xml'"},
        WrongUse{"ChartToStandardOutput",
                 {"--chart", "-"},
                 "--chart: expected the name of a file, found '-'"},
        WrongUse{
            "ChartWithoutName", {"--chart="}, "--chart: expected the name of a file, found ''"},
        WrongUse{"NoRequests", {"--day", "0"}, "--day: expected a number from 1"},
        WrongUse{"PeakIsNan", {"--peak", "nan"}, "--peak: expected a number from 0.001"},
        WrongUse{"PeakOfTooMuch",
                 {"--peak", "1e9", "--mix", "train:24h:1"},
                 "--peak: keeps 8.64e+13 slots busy, more than 1e+09"},
        WrongUse{"NoServers", {"--servers", "0"}, "--servers: expected a whole number from 1"},
        WrongUse{
            "SlotsAreNoNumber", {"--slots", "many"}, "--slots: expected a whole number from 1"},
        WrongUse{"WaitIsNoDuration",
                 {"--p99", "5"},
                 "--p99: expected a duration from 0s to 24h, found '5'"},
        WrongUse{"MixWithoutShare",
                 {"--mix", "chat:2s"},
                 "--mix: expected NAME:TIME:SHARE, such as search:0.5ms:0.6, found 'chat:2s'"},
        WrongUse{"MixWithoutName", {"--mix", ":2s:1"}, "--mix: expected NAME:TIME:SHARE"},
        WrongUse{"MixWithoutTime", {"--mix", "chat:0s:1"}, "--mix: expected a duration from 1ns"},
        WrongUse{"MixTwice", {"--mix", "a:1s:0.5,a:2s:0.5"}, "--mix: a is given twice"},
        WrongUse{"MixDoesNotAddUp",
                 {"--mix", "a:1s:0.5,b:2s:0.4"},
                 "--mix: the shares add up to 0.9, expected 1"},
        WrongUse{"SpeedOfNobody",
                 {"--speed", "chat=2"},
                 "--speed: expected KIND=FACTOR or KIND=MODEL@VARIANT, of the kinds search, "
                 "recommend, purchase; found 'chat=2'"},
        WrongUse{"SpeedWithoutFactor", {"--speed", "search"}, "found 'search'"},
        WrongUse{"SpeedOfNought",
                 {"--speed", "search=0"},
                 "--speed: expected a number from 0.001 to 1000, found '0'"},
        WrongUse{"SpeedTwice",
                 {"--speed", "search=2", "--speed", "search=3"},
                 "--speed: search is given twice"},
        WrongUse{"SpeedWithoutCatalog",
                 {"--speed", "search=bert@int8"},
                 "--speed: bert@int8 needs --catalog"},
        WrongUse{"CatalogThatIsNotThere", {"--catalog", "/no/such/file"}, "/no/such/file"},
        WrongUse{"NoStarts",
                 {"--experiment", "standby", "--starts", "0"},
                 "--starts: expected a number from 0.001"},
        WrongUse{"NoSetup",
                 {"--experiment", "standby", "--setup", "0"},
                 "--setup: expected a duration from 1ms to 24h, found '0'"},
        WrongUse{"IdleCostsAsMuchAsBeingLate",
                 {"--experiment", "standby", "--idle-cost", "1"},
                 "--idle-cost: expected a number from 0.001 to 0.999, found '1'"},
        WrongUse{"UnknownInstance",
                 {"--experiment", "schedulers", "--instance", "steady"},
                 "--instance: there is no instance 'steady'; there are: uniform, lognormal, shop, "
                 "shop-large, lpt-worst, scale"},
        WrongUse{"UnknownScheduler",
                 {"--experiment", "schedulers", "--scheduler", "best"},
                 "--scheduler: there is no scheduler 'best'; there are: round-robin, "},
        WrongUse{"SchedulerTwice",
                 {"--experiment", "schedulers", "--scheduler", "hash", "--scheduler", "hash"},
                 "--scheduler: hash is given twice"},
        WrongUse{"SeedAndSeeds",
                 {"--experiment", "schedulers", "--seed", "1", "--seeds", "2"},
                 "--seed and --seeds exclude each other"},
        WrongUse{"SwitchWithValue",
                 {"--experiment", "schedulers", "--cpu-time=yes"},
                 "--cpu-time takes no value"},
        WrongUse{"ServersWithoutTasks",
                 {"--experiment", "schedulers", "--servers", "3"},
                 "--servers and --slots go with --tasks"},
        WrongUse{"TasksWithoutServers", {"--tasks", "/no/such/file"}, "--tasks needs --servers"},
        WrongUse{"TasksAndInstance",
                 {"--tasks", "/no/such/file", "--servers", "2", "--instance", "shop"},
                 "--tasks and --instance exclude each other"},
        WrongUse{"TasksThatAreNotThere",
                 {"--tasks", "/no/such/file", "--servers", "2"},
                 "/no/such/file"},
        WrongUse{"NoCluster", {"--experiment", "pending"}, "name the cluster: --cluster FILE"},
        WrongUse{"ClusterThatIsNotThere", {"--cluster", "/no/such/file"}, "/no/such/file"},
        WrongUse{"ConfigurationThatIsNotThere",
                 {"--cluster", "/no/such/file", "--config", "/no/such/configuration"},
                 "/no/such/configuration"},
        WrongUse{"NoRounds",
                 {"--cluster", "/no/such/file", "--rounds", "0"},
                 "--rounds: expected a whole number from 1 to 100000, found '0'"},
        WrongUse{"NothingToRebalanceFor",
                 {"--experiment", "rebalance"},
                 "name what is to fit: --rebalance nvidia.com/gpu=8"},
        WrongUse{"ShapeWithoutAmount",
                 {"--rebalance", "nvidia.com/gpu"},
                 "--rebalance: expected RESOURCE=N,..., such as nvidia.com/gpu=8, found "
                 "'nvidia.com/gpu'"},
        WrongUse{"ShapeOfNought",
                 {"--rebalance", "nvidia.com/gpu=0"},
                 "--rebalance: expected a whole number from 1 to 1000000000, found '0'"},
        WrongUse{"ShapeOfCpu", {"--rebalance", "cpu=8"}, "found 'cpu=8'"},
        WrongUse{"ShapeTwice",
                 {"--rebalance", "nvidia.com/gpu=1,nvidia.com/gpu=2"},
                 "--rebalance: nvidia.com/gpu is given twice"},
        WrongUse{"ShapeWithoutCluster", {"--rebalance", "nvidia.com/gpu=8"}, "name the cluster"},
        WrongUse{"TooManyMachines",
                 {"--tasks", "/no/such/file", "--servers", "1000000", "--slots", "2"},
                 "--servers x --slots: 2000000 is more than 1000000"}),
    tests::CaseName);

class PlanFiles : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_.file(name)) << text;
    return directory_.file(name);
  }
  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(directory_.file(name)).rdbuf();
    return std::move(text).str();
  }
  std::string Path(const std::string& name) const { return directory_.file(name); }

 private:
  const tests::TemporaryDirectory directory_;
};

TEST(Plan, IsTheShopWhereNothingIsSaid) {
  const Said said = Plan({});
  EXPECT_EQ(said.code, kDone);
  EXPECT_EQ(said.err, "");
  EXPECT_TRUE(tests::MatchesGolden(said.out, "golden/plan/serving.txt"));
}

TEST(Plan, HelpNamesExperimentsInstancesAndSchedulers) {
  const Said said = Plan({"--help"});
  EXPECT_EQ(said.code, kDone);
  EXPECT_TRUE(tests::MatchesGolden(said.out, "golden/plan/help.txt"));
}

TEST(Plan, TheStatedModelIsTheWorkedExampleWhereNothingIsSaid) {
  EXPECT_TRUE(tests::MatchesGolden(Plan({"--experiment", "stated"}).out, "golden/plan/stated.txt"));
}

TEST(Plan, ServesAMixOfOnesOwn) {
  const Said said =
      Plan({"--mix", "chat:2s:0.9", "--mix", "batch:60s:0.1", "--peak", "10", "--day", "86400",
            "--servers", "20", "--slots", "8", "--p99", "500ms", "-o", "csv"});
  EXPECT_EQ(said.code, kDone) << said.err;
  // 10 a second of 0.9 x 2 s + 0.1 x 60 s keep 78 slots busy.
  EXPECT_THAT(said.out, HasSubstr("\npeak,as is,10,7800,"));
  EXPECT_THAT(said.out, Not(HasSubstr("optimised"))) << "nothing was said to be faster";
}

TEST_F(PlanFiles, TakesSpeedsFromTheCatalog) {
  const std::string catalog = Write("catalog.yaml", R"(apiVersion: berth.dev/v1alpha1
kind: ModelCatalog
models:
- name: bert
  variants: [{name: fp16, weights: 400Mi}, {name: int8, weights: 200Mi, speed: 2}]
)");
  const Said said = Plan(
      {"--catalog", catalog, "--speed", "search=bert@int8,recommend=2,purchase=2", "-o", "csv"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_THAT(said.out, HasSubstr("\npeak,optimised,1000,0.4,"));
  EXPECT_THAT(Plan({"--catalog", catalog, "--speed", "search=bert@int4"}).err,
              HasSubstr("--speed: bert has no variant 'int4'"));
  EXPECT_THAT(Plan({"--catalog", catalog, "--speed", "search=gpt@int8"}).err,
              HasSubstr("--speed: the catalog has no model 'gpt'"));
  EXPECT_THAT(Plan({"--catalog", catalog}).err, HasSubstr("nothing is read from it"));
  const Said broken = Plan(
      {"--catalog", Write("broken.yaml", "kind: ModelCatalog\n"), "--speed", "search=bert@int8"});
  EXPECT_EQ(broken.code, kWrongUse);
  EXPECT_THAT(broken.err, HasSubstr("broken.yaml:1:"));
}

TEST_F(PlanFiles, SchedulesTasksOfOnesOwn) {
  const std::string tasks = Write("tasks.csv", "demand,count\n1ms,6\n6ms,1\n");
  const Said said = Plan({"--tasks", tasks, "--servers", "1", "--slots", "2", "--scheduler",
                          "least-loaded,longest-first", "-o", "csv"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_THAT(said.out, HasSubstr("\nown,least-loaded,9,6,50,50,50,"));
  EXPECT_THAT(said.out, HasSubstr("\nown,longest-first,6,6,0,0,"));
  EXPECT_THAT(Plan({"--experiment", "stated", "--tasks", tasks, "-o", "csv"}).out,
              HasSubstr("\n7,6,"));
}

TEST_F(PlanFiles, ToldWrongTasksItNamesTheLine) {
  const std::string tasks = Write("tasks.csv", "demand\n1ms\nsoon\n");
  const Said said = Plan({"--tasks", tasks, "--servers", "2"});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr(tasks + ":3: demand: expected a duration"));
}

TEST_F(PlanFiles, DrawsAChart) {
  const Said said = Plan({"--experiment", "standby", "--chart", Path("chart.svg")});
  EXPECT_EQ(said.code, kDone);
  EXPECT_THAT(Read("chart.svg"), StartsWith("<svg "));
  EXPECT_THAT(Read("chart.svg"), HasSubstr("p99 start s"));
}

TEST(Plan, AChartThatCannotBeWrittenIsAFailure) {
  const Said said = Plan({"--chart", "/no/such/directory/chart.svg"});
  EXPECT_EQ(said.code, kFailed);
  EXPECT_THAT(said.err, HasSubstr("--chart: cannot write /no/such/directory/chart.svg"));
}

// Two nodes of two devices of 10 GiB. On node-a pods of 4 GiB sit on both devices.
constexpr std::string_view kCluster = R"(apiVersion: v1
kind: Node
metadata:
  name: node-a
  labels: {berth.dev/sharing: native}
  annotations: {berth.dev/device-override: '{"product": "x", "count": 2, "memoryMiB": 10240}'}
status:
  allocatable: {cpu: "64", memory: 512Gi, pods: "110"}
  conditions: [{type: Ready, status: "True"}]
---
apiVersion: v1
kind: Node
metadata:
  name: node-b
  labels: {berth.dev/sharing: native}
  annotations: {berth.dev/device-override: '{"product": "x", "count": 2, "memoryMiB": 10240}'}
status:
  allocatable: {cpu: "64", memory: 512Gi, pods: "110"}
  conditions: [{type: Ready, status: "True"}]
)";

std::string PodText(const std::string& name, int mib, const std::string& node,
                    const std::string& device) {
  std::string text = "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: " + name +
                     "\n  namespace: ml\n  uid: uid-" + name + "\n";
  if (!node.empty()) {
    text += "  annotations:\n    berth.dev/devices: \"" + device +
            "\"\n    berth.dev/allocation: '{\"v\":1,\"uid\":\"uid-" + name + "\",\"node\":\"" +
            node + "\",\"devices\":[\"" + device + "\"],\"memoryMiB\":" + std::to_string(mib) +
            ",\"cores\":0}'\n";
  }
  text += "spec:\n" + (node.empty() ? "" : "  nodeName: " + node + "\n") +
          "  containers:\n  - name: main\n    resources: {limits: {berth.dev/gpu-memory: \"" +
          std::to_string(mib) + "\"}}\n";
  return text;
}

TEST_F(PlanFiles, PlacesWaitingPodsJointly) {
  std::string text(kCluster);
  text += PodText("chat-5", 5120, "", "") + PodText("chat-4", 4096, "", "") +
          PodText("embed-5", 5120, "", "") + PodText("rank-6", 6144, "", "") +
          PodText("full-0", 10240, "node-b", "0") + PodText("full-1", 10240, "node-b", "1");
  const Said said = Plan({"--cluster", Write("cluster.yaml", text)});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_TRUE(tests::MatchesGolden(said.out, "golden/plan/pending.txt"));
  EXPECT_TRUE(tests::MatchesGolden(Plan({"--cluster", Path("cluster.yaml"), "-o", "json"}).out,
                                   "golden/plan/pending.json"));
}

// Two devices of 10 GiB: pods of 10 and 7 fill most of them, but three urgent ones of 7 come first.
TEST_F(PlanFiles, SaysHowFarAJointPlacementIsFromTheMostThatIsPossible) {
  std::string text(kCluster.substr(0, kCluster.find("---") + 4));
  for (const std::string name : {"p", "q", "r"}) {
    std::string urgent = PodText(name, 7168, "", "");
    text += urgent.replace(urgent.find("spec:\n"), 6, "spec:\n  priority: 9\n");
  }
  text += PodText("s", 10240, "", "");
  EXPECT_THAT(
      Plan({"--cluster", Write("cluster.yaml", text)}).out,
      HasSubstr("No order docks pods that ask for more than 1.7 devices; the joint placement is "
                "17.65 % below that."));
}

TEST_F(PlanFiles, ASnapshotOfALiveBerthIsACluster) {
  const Said said =
      Plan({"--cluster", std::string(tests::kTestsDirectory) + "/golden/server/snapshot.json"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_THAT(said.out, HasSubstr("ml/waits  gpu-a-1 ["));
  EXPECT_THAT(said.out,
              HasSubstr("\nThe file is a snapshot of Berth's: node selectors, affinity and "
                        "taints are not in it."));
}

TEST_F(PlanFiles, OnlyASnapshotIsSaidToLackSelectors) {
  constexpr std::string_view kNote = "The file is a snapshot of Berth's";
  const std::string snapshot = std::string(tests::kTestsDirectory) + "/golden/server/snapshot.json";
  EXPECT_THAT(Plan({"--cluster", snapshot, "--rebalance", "berth.dev/gpu-memory=1"}).out,
              HasSubstr(kNote));
  const std::string cluster = Write("cluster.yaml", std::string(kCluster));
  EXPECT_THAT(Plan({"--cluster", cluster}).out, Not(HasSubstr(kNote)));
}

TEST_F(PlanFiles, ACellWithACommaIsOneCell) {
  std::string two = PodText("two", 8192, "", "");
  two.replace(two.find("\"8192\""), 6, "\"8192\", berth.dev/gpu-count: \"2\"");
  const std::string both = Write("both.yaml", std::string(kCluster) + two);
  EXPECT_THAT(Plan({"--cluster", both, "-o", "csv"}).out,
              HasSubstr("\nml/two,\"node-a [0,1]\",\"node-a [0,1]\",\n"));
}

TEST_F(PlanFiles, AClusterWithoutNodesIsAMistake) {
  const std::string empty = Write("empty.yaml", "");
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{}, {"--rebalance", "nvidia.com/gpu=8"}}) {
    std::vector<std::string> words = {"--cluster", empty};
    words.insert(words.end(), flags.begin(), flags.end());
    const Said said = Plan(words);
    EXPECT_EQ(said.code, kWrongUse);
    EXPECT_EQ(said.err, "berth plan: " + empty + ": there are no nodes in it\n");
  }
}

TEST_F(PlanFiles, ProposesMovesAsCommands) {
  std::string text(kCluster);
  text += PodText("p", 4096, "node-a", "0") + PodText("q", 4096, "node-a", "1") +
          PodText("r", 10240, "node-b", "0");
  const std::string cluster = Write("cluster.yaml", text);
  const Said said = Plan({"--cluster", cluster, "--rebalance", "berth.dev/gpu-memory=10000"});
  EXPECT_THAT(said.out, HasSubstr("fits as it is, on node-b"));
  const Said two = Plan(
      {"--cluster", cluster, "--rebalance", "berth.dev/gpu-memory=10000,berth.dev/gpu-count=2"});
  EXPECT_EQ(two.code, kDone) << two.err;
  EXPECT_TRUE(tests::MatchesGolden(two.out, "golden/plan/rebalance.txt"));
  EXPECT_THAT(Plan({"--cluster", cluster, "--rebalance", "berth.dev/gpu-memory=20000"}).out,
              HasSubstr("No room for berth.dev/gpu-memory=20000 can be made"));
  EXPECT_THAT(Plan({"--cluster", cluster, "--rebalance", "example.com/fpga=1"}).err,
              HasSubstr("--rebalance: asks for no devices"));
  EXPECT_THAT(Plan({"--cluster", cluster, "--rebalance", "berth.dev/gpu-cores=200"}).err,
              HasSubstr("--rebalance: malformed device request"));
  EXPECT_THAT(Plan({"--cluster", cluster, "--chart", Path("chart.svg")}).err,
              HasSubstr("--chart: there is nothing to draw of pending"));
  EXPECT_THAT(Plan({"--cluster", Write("twice.yaml", text + PodText("p", 1, "", ""))}).err,
              HasSubstr("pod ml/p is there twice"));
}

// p, which has to leave node-a, fits on node-b alone, and there once q has gone to node-c.
TEST_F(PlanFiles, ProposesChainsInAnOrderInWhichEachMoveFits) {
  const auto one_device = [](const std::string& name, int mib) {
    std::string node(kCluster.substr(0, kCluster.find("---")));
    node.replace(node.find("node-a"), 6, name);
    node.replace(node.find("\"count\": 2, \"memoryMiB\": 10240"), 30,
                 "\"count\": 1, \"memoryMiB\": " + std::to_string(mib));
    return node + "---\n";
  };
  const std::string text = one_device("node-a", 10240) + one_device("node-b", 8192) +
                           one_device("node-c", 4096) + PodText("p", 6144, "node-a", "0") +
                           PodText("q", 3072, "node-b", "0");
  const Said said =
      Plan({"--cluster", Write("cluster.yaml", text), "--rebalance", "berth.dev/gpu-memory=10240"});
  EXPECT_EQ(said.code, kDone) << said.err;
  EXPECT_TRUE(tests::MatchesGolden(said.out, "golden/plan/rebalance_chain.txt"));
}

TEST(Plan, TellsTheCpuTimeOnlyWhereItIsAskedFor) {
  const std::vector<std::string> arguments = {"--experiment", "schedulers", "--instance",
                                              "lpt-worst",    "--seed",     "1"};
  EXPECT_THAT(Plan(arguments).out, Not(HasSubstr("CPU")));
  EXPECT_EQ(Plan(arguments).out, Plan(arguments).out);
  std::vector<std::string> timed = arguments;
  timed.emplace_back("--cpu-time");
  EXPECT_THAT(Plan(timed).out, HasSubstr("CPU ms"));
}

}  // namespace
}  // namespace berth::app
