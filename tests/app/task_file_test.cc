#include "task_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "testing/case_name.h"

namespace berth::app {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

TEST(TaskFile, TakesDemandsInTheOrderOfTheText) {
  const Result<std::vector<Duration>> tasks = ParseTasks("demand\r\n0.5ms\r\n2s\r\n1h", "t.csv");
  ASSERT_TRUE(tasks.ok()) << tasks.error().message;
  EXPECT_THAT(*tasks, ElementsAre(500us, 2s, 1h));
}

TEST(TaskFile, RepeatsWhatIsCounted) {
  const Result<std::vector<Duration>> tasks = ParseTasks("count,demand\n2,1ms\n1,3ms\n", "t.csv");
  ASSERT_TRUE(tasks.ok()) << tasks.error().message;
  EXPECT_THAT(*tasks, ElementsAre(1ms, 1ms, 3ms));
}

TEST(TaskFile, TakesYamlToo) {
  const Result<std::vector<Duration>> tasks =
      ParseTasks("# ours\n\ntasks:\n- {demand: 1ms, count: 2}\n- demand: 3ms\n", "t");
  ASSERT_TRUE(tasks.ok()) << tasks.error().message;
  EXPECT_THAT(*tasks, ElementsAre(1ms, 1ms, 3ms));
}

TEST(TaskFile, TellsYamlByWhatItBeginsWith) {
  for (const std::string_view text :
       {"---\ntasks: [{demand: 2s}]\n", R"({"tasks": [{"demand": "2s"}]})",
        "{\ntasks: [{demand: 2s}]}", "  \n# demand,count\ntasks: [{demand: 2s}]"}) {
    const Result<std::vector<Duration>> tasks = ParseTasks(text, "t");
    ASSERT_TRUE(tasks.ok()) << text << tasks.error().message;
    EXPECT_THAT(*tasks, ElementsAre(2s)) << text;
  }
}

struct Mistake {
  std::string name;
  std::string text;
  std::string want;
};

class TaskFileMistake : public testing::TestWithParam<Mistake> {};

TEST_P(TaskFileMistake, IsToldWithItsLine) {
  const Result<std::vector<Duration>> tasks = ParseTasks(GetParam().text, "t.csv");
  ASSERT_FALSE(tasks.ok());
  EXPECT_EQ(tasks.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(tasks.error().message, testing::StartsWith("t.csv:" + GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(
    TaskFile, TaskFileMistake,
    testing::Values(
        Mistake{"Empty", "", "1: expected a line that names the columns"},
        Mistake{"HeadOnly", "demand\n", " holds no task"},
        Mistake{"NoHead", "1ms\n2ms\n", "1: there is no column '1ms'; there are: demand, count"},
        Mistake{"UnknownColumn", "demand,weight\n",
                "1: there is no column 'weight'; there are: demand, count"},
        Mistake{"ColumnTwice", "demand,demand\n", "1: column 'demand' comes twice"},
        Mistake{"NoDemand", "count\n3\n", "1: column 'demand' is missing"},
        Mistake{"NoUnit", "demand\n1\n",
                "2: demand: expected a duration from 1ns to 8760h, found '1'"},
        Mistake{"Zero", "demand\n1ms\n0s\n", "3: demand: expected a duration from 1ns"},
        Mistake{"Negative", "demand\n-1ms\n", "2: demand: expected a duration"},
        Mistake{"TooLong", "demand\n8761h\n", "2: demand: expected a duration"},
        Mistake{"TooManyValues", "demand\n1ms,2\n", "2: expected 1 columns, found 2"},
        Mistake{"TooFewValues", "demand,count\n1ms\n", "2: expected 2 columns, found 1"},
        Mistake{"CountOfNone", "demand,count\n1ms,0\n",
                "2: count: expected a whole number from 1 to 10000000, found '0'"},
        Mistake{"CountIsNoNumber", "demand,count\n1ms,x\n", "2: count: expected a whole number"},
        Mistake{"TooManyTasks", "demand,count\n1ms,10000000\n1ms,1\n",
                "3: more than 10000000 tasks"},
        Mistake{"TooLongTogether", "demand,count\n8760h,74\n",
                "2: all tasks together take longer than 73 years"},
        Mistake{"YamlWithoutTasks", "{}\n", "1:1: tasks: is missing, expected a list of tasks"},
        Mistake{"YamlOfNoTask", "tasks: []\n", " holds no task"},
        Mistake{"YamlThatIsNone", "tasks: [\n", "2:1: "},
        Mistake{"YamlUnknownKey", "tasks: [{demand: 1ms, weight: 3}]\n",
                "1:23: tasks[0]: unknown key \"weight\"; known here: demand, count"},
        Mistake{"YamlUnknownKeyAtTheTop", "tasks: []\njobs: []\n",
                "2:1: unknown key \"jobs\"; known here: tasks"},
        Mistake{"YamlWithoutDemand", "tasks:\n- demand: 1ms\n- count: 3\n",
                "3:3: tasks[1].demand: is missing"},
        Mistake{"YamlZero", "tasks: [{demand: 0s}]\n", "1:18: tasks[0].demand: "},
        Mistake{"YamlCountOfNone", "tasks: [{demand: 1ms, count: 0}]\n", "1:30: tasks[0].count: "},
        Mistake{"YamlTaskThatIsNoMap", "tasks: [1ms]\n", "1:9: tasks[0]: found"},
        Mistake{"YamlTooManyTasks", "tasks: [{demand: 1ms, count: 10000000}, {demand: 1ms}]\n",
                " tasks[1]: more than 10000000 tasks"}),
    tests::CaseName);

}  // namespace
}  // namespace berth::app
