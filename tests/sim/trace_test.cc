#include "berth/sim/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/case_name.h"

namespace berth::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TraceNodes, AreReadByTheNamesOfTheirColumns) {
  const auto nodes = ReadTraceNodes(
      "model,sn,gpu,memory_mib,cpu_milli\n"
      "T4,a,2,262144,64000\n"
      ",b,0,1024,8000\n",
      "nodes.csv");
  ASSERT_TRUE(nodes.ok()) << nodes.error().message;
  ASSERT_EQ(nodes->size(), 2U);
  const TraceNode& node = nodes->front();
  EXPECT_EQ(node.name, "a");
  EXPECT_EQ(node.cpu, Millicores(64'000));
  EXPECT_EQ(node.memory, MiB(262'144));
  EXPECT_EQ(node.devices, 2);
  EXPECT_EQ(node.model, "T4");
  EXPECT_EQ(nodes->back().model, "");
}

TEST(TraceNodes, NeedNoNamesAndNoModels) {
  const auto nodes = ReadTraceNodes("cpu_milli,memory_mib,gpu\n1,2,0\n1,2,16\n", "nodes.csv");
  ASSERT_TRUE(nodes.ok()) << nodes.error().message;
  EXPECT_EQ((*nodes)[1].name, "node-1");
  EXPECT_EQ((*nodes)[1].model, "");
}

TEST(TracePods, AreReadWithTimesAndModels) {
  const auto pods = ReadTracePods(
      "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
      "deletion_time,scheduled_time\r\n"
      "a,12000,16384,1,460,V100M16|T4,LS,Running,10,20,\r\n"
      "b,1000,1024,0,0,,BE,Failed,0,0,7\r\n",
      "pods.csv");
  ASSERT_TRUE(pods.ok()) << pods.error().message;
  EXPECT_TRUE(pods->timed);
  ASSERT_EQ(pods->rows.size(), 2U);
  const TracePod& pod = pods->rows.front();
  EXPECT_EQ(pod.name, "a");
  EXPECT_EQ(pod.share, Millidevices(460));
  EXPECT_THAT(pod.models, ElementsAre("V100M16", "T4"));
  EXPECT_EQ(Seconds(pod.created), 10);
  EXPECT_EQ(Seconds(pod.deleted), 20);
  EXPECT_THAT(pods->rows.back().models, IsEmpty());
}

TEST(TracePods, OfFiveColumnsHaveNoTimes) {
  const auto pods = ReadTracePods(
      "name,cpu_milli,memory_mib,num_gpu,gpu_milli\n"
      "a,12000,16384,8,1000\n",
      "pods.csv");
  ASSERT_TRUE(pods.ok()) << pods.error().message;
  EXPECT_FALSE(pods->timed);
  EXPECT_EQ(pods->rows.front().demand(), Millidevices(8000));
}

struct Malformed {
  std::string name;
  std::string text;
  std::string want;
};

class MalformedNodes : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedNodes, AreRefusedByFileLineAndColumn) {
  const auto nodes = ReadTraceNodes(GetParam().text, "n.csv");
  ASSERT_FALSE(nodes.ok());
  EXPECT_EQ(nodes.error().message, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Trace, MalformedNodes,
    testing::Values(
        Malformed{"Empty", "", "n.csv:1: expected a line that names the columns"},
        Malformed{"UnknownColumn", "cpu_milli,memory_mib,gpus\n",
                  "n.csv:1: there is no column 'gpus'; there are: sn, cpu_milli, memory_mib, gpu, "
                  "model"},
        Malformed{"ColumnTwice", "gpu,gpu\n", "n.csv:1: column 'gpu' comes twice"},
        Malformed{"ColumnMissing", "cpu_milli,gpu\n", "n.csv:1: column 'memory_mib' is missing"},
        Malformed{"CellMissing", "cpu_milli,memory_mib,gpu\n1,2,1\n1,2\n",
                  "n.csv:3: expected 3 columns, found 2"},
        Malformed{"NoNumber", "cpu_milli,memory_mib,gpu\n1,2,two\n",
                  "n.csv:2: gpu: expected a whole number from 0 to 16, found 'two'"},
        Malformed{"NoCell", "cpu_milli,memory_mib,gpu\n,2,1\n",
                  "n.csv:2: cpu_milli: expected a whole number from 0 to 1000000000, found ''"},
        Malformed{"TooManyDevices", "cpu_milli,memory_mib,gpu\n1,2,17\n",
                  "n.csv:2: gpu: expected a whole number from 0 to 16, found '17'"},
        Malformed{"NameTwice", "sn,cpu_milli,memory_mib,gpu\na,1,2,1\na,1,2,1\n",
                  "n.csv:3: sn: 'a' comes twice"},
        Malformed{"NoNodes", "cpu_milli,memory_mib,gpu\n", "n.csv: no node has a GPU"},
        Malformed{"NoDevices", "cpu_milli,memory_mib,gpu\n1,2,0\n", "n.csv: no node has a GPU"}),
    tests::CaseName);

class MalformedPods : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedPods, AreRefusedByFileLineAndColumn) {
  const auto pods = ReadTracePods(GetParam().text, "p.csv");
  ASSERT_FALSE(pods.ok());
  EXPECT_EQ(pods.error().message, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Trace, MalformedPods,
    testing::Values(
        Malformed{"ShareWithoutDevices", "cpu_milli,memory_mib,num_gpu,gpu_milli\n1,2,0,500\n",
                  "p.csv:2: gpu_milli: expected 0 where num_gpu is 0"},
        Malformed{"DevicesWithoutShare", "cpu_milli,memory_mib,num_gpu,gpu_milli\n1,2,1,0\n",
                  "p.csv:2: gpu_milli: expected at least 1 where num_gpu is not 0"},
        Malformed{"PartsOfSeveral", "cpu_milli,memory_mib,num_gpu,gpu_milli\n1,2,2,500\n",
                  "p.csv:2: gpu_milli: expected 1000 where num_gpu is above 1"},
        Malformed{"MoreThanADevice", "cpu_milli,memory_mib,num_gpu,gpu_milli\n1,2,1,1001\n",
                  "p.csv:2: gpu_milli: expected a whole number from 0 to 1000, found '1001'"},
        Malformed{"DeletedBeforeCreated",
                  "cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time\n"
                  "1,2,0,0,10,9\n",
                  "p.csv:2: deletion_time: expected a whole number from 10 to 3000000000, found "
                  "'9'"},
        Malformed{"NoPods", "cpu_milli,memory_mib,num_gpu,gpu_milli\n",
                  "p.csv: there are no pods"}),
    tests::CaseName);

TEST(YamlTrace, GroupsAreWrittenOutOneByOne) {
  const auto trace = ReadTrace(
      "apiVersion: berth.dev/v1alpha1\nkind: Trace\n"
      "nodes:\n- {name: a, count: 2, cpu: 8, memory: 1Gi, devices: 4, model: T4}\n- {devices: 1}\n"
      "pods:\n- {name: p, cpu: 250m, memory: 1, devices: 1, share: 460m, models: [T4]}\n"
      "- {count: 2}\n",
      "t.yaml");
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  ASSERT_EQ(trace->nodes.size(), 3U);
  EXPECT_EQ(trace->nodes[0].name, "a-0");
  EXPECT_EQ(trace->nodes[1].name, "a-1");
  EXPECT_EQ(trace->nodes[1].cpu, Millicores(8000));
  EXPECT_EQ(trace->nodes[1].memory, MiB(1024));
  EXPECT_EQ(trace->nodes[1].devices, 4);
  EXPECT_EQ(trace->nodes[1].model, "T4");
  EXPECT_EQ(trace->nodes[2].name, "node-1");
  ASSERT_EQ(trace->pods.rows.size(), 3U);
  EXPECT_FALSE(trace->pods.timed);
  const TracePod& pod = trace->pods.rows.front();
  EXPECT_EQ(pod.name, "p");
  EXPECT_EQ(pod.cpu, Millicores(250));
  EXPECT_EQ(pod.memory, MiB(1));
  EXPECT_EQ(pod.demand(), Millidevices(460));
  EXPECT_THAT(pod.models, ElementsAre("T4"));
  EXPECT_EQ(trace->pods.rows[2].name, "pod-1-1");
  EXPECT_EQ(trace->pods.rows[2].share, Millidevices(0));
}

TEST(YamlTrace, SaysWhatIsWrongAndWhere) {
  const std::string head = "apiVersion: berth.dev/v1alpha1\nkind: Trace\n";
  EXPECT_EQ(
      ReadTrace(head + "nodes: [{devices: 1}]\npods: [{count: 0}]\n", "t.yaml").error().message,
      "t.yaml:4:16: pods[0].count: 0 is out of range, allowed is 1 to 10000000");
  EXPECT_EQ(ReadTrace(head + "nodes: [{cpu: 1}]\npods: [{}]\n", "t.yaml").error().message,
            "t.yaml: nodes: none has devices");
  EXPECT_EQ(ReadTrace(head + "nodes: [{name: a, count: 2, devices: 1}, {name: a-1}]\n"
                             "pods: [{cpu: 1}]\n",
                      "t.yaml")
                .error()
                .message,
            "t.yaml: nodes: 'a-1' comes twice");
}

TEST(Arrivals, AreRowsAndMayComeAgain) {
  const auto arrivals = ReadArrivals("2\n0\n2\n", "order.txt", 3);
  ASSERT_TRUE(arrivals.ok()) << arrivals.error().message;
  EXPECT_THAT(*arrivals, ElementsAre(2U, 0U, 2U));
}

TEST(Arrivals, BeyondThePodsAreRefused) {
  EXPECT_EQ(ReadArrivals("2\n3\n", "order.txt", 3).error().message,
            "order.txt:2: expected a whole number below 3, found '3'");
  EXPECT_EQ(ReadArrivals("\n", "order.txt", 3).error().message,
            "order.txt:1: expected a whole number below 3, found ''");
  EXPECT_EQ(ReadArrivals("", "order.txt", 3).error().message, "order.txt: there are no arrivals");
}

TEST(Ranks, AreOnePerNodeAndDifferent) {
  const auto ranks = ReadRanks("1\n0\n", "nodes.txt", 2);
  ASSERT_TRUE(ranks.ok()) << ranks.error().message;
  EXPECT_THAT(*ranks, ElementsAre(1U, 0U));
  EXPECT_EQ(ReadRanks("1\n", "nodes.txt", 2).error().message,
            "nodes.txt: expected 2 ranks, one for each node, found 1");
  EXPECT_EQ(ReadRanks("1\n1\n", "nodes.txt", 2).error().message, "nodes.txt:2: rank 1 comes twice");
}

}  // namespace
}  // namespace berth::sim
