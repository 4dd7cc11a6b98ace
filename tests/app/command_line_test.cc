// What the program says and returns when it is called wrongly, and what validate finds.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "arguments.h"
#include "berth/app/run.h"
#include "said.h"
#include "testing/case_name.h"
#include "testing/temporary_directory.h"
#include "testing/tests_directory.h"

namespace berth::app {
namespace {

using testing::HasSubstr;

// A file that is gone with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) : path_(directory_.file("file.yaml")) {
    std::ofstream(path_) << text;
  }
  std::string path() const { return path_; }

 private:
  const tests::TemporaryDirectory directory_;
  const std::string path_;
};

struct WrongUse {
  std::string name;
  std::vector<std::string> arguments;
  std::string want;  // part of what it says
};

class WrongUseTest : public testing::TestWithParam<WrongUse> {};

TEST_P(WrongUseTest, IsExplainedAndExitsWithTwo) {
  const Said said = Say(GetParam().arguments);
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr(GetParam().want));
  EXPECT_EQ(said.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, WrongUseTest,
    testing::Values(
        WrongUse{"Nothing", {}, "usage: berth COMMAND"},
        WrongUse{"UnknownCommand", {"dock"}, "unknown command dock"},
        WrongUse{"UnknownFlag", {"serve", "--port", "1"}, "unknown flag --port; known: --config"},
        WrongUse{"FlagWithoutValue", {"serve", "--config"}, "--config needs a value"},
        WrongUse{"FlagTwice", {"serve", "--config=a", "--config", "b"}, "--config is given twice"},
        WrongUse{"StrayWord", {"serve", "now"}, "unexpected argument now"},
        WrongUse{
            "TwoClusters", {"serve", "--cluster", "a", "--kubeconfig", "b"}, "exclude each other"},
        WrongUse{"NoSuchFile", {"serve", "--config", "/no/such/file"}, "/no/such/file"},
        WrongUse{"NoExperiment",
                 {"simulate"},
                 "name what to simulate: --nodes FILE --pods FILE, --trace FILE, --cluster FILE"},
        WrongUse{"UnknownExperiment",
                 {"simulate", "--experiment", "warm-start"},
                 "--experiment: there is no 'warm-start'; there are: replay, cold-start"},
        WrongUse{"UnknownPolicy",
                 {"simulate", "--experiment", "cold-start", "--policy", "best"},
                 "--policy: there is no policy 'best'; there are: combined, kube-default, "
                 "kube-default-image-locality, binpack, random, least-load, locality-only"},
        WrongUse{
            "PolicyTwice",
            {"simulate", "--experiment", "cold-start", "--policy", "random", "--policy", "random"},
            "--policy: random is given twice"},
        WrongUse{"SeedIsNoNumber",
                 {"simulate", "--experiment", "cold-start", "--seeds", "1,two"},
                 "--seeds: expected a whole number from 0 to 4294967295, found 'two'"},
        WrongUse{"SeedTwice",
                 {"simulate", "--experiment", "cold-start", "--seeds", "1,2,1"},
                 "--seeds: 1 is given twice"},
        WrongUse{"SeedAndSeeds",
                 {"simulate", "--experiment", "cold-start", "--seed", "1", "--seeds", "2"},
                 "--seed and --seeds exclude each other"},
        WrongUse{"UseTooHigh",
                 {"simulate", "--experiment", "cold-start", "--use", "1.5"},
                 "--use: expected a number from 0.05 to 0.7, found '1.5'"},
        WrongUse{"UseIsNan",
                 {"simulate", "--experiment", "cold-start", "--use", "nan"},
                 "--use: expected a number from 0.05 to 0.7, found 'nan'"},
        WrongUse{"ZipfBelowZero",
                 {"simulate", "--experiment", "cold-start", "--zipf", "-1"},
                 "--zipf: expected a number from 0 to 3, found '-1'"},
        WrongUse{"TooFewStarts",
                 {"simulate", "--experiment", "cold-start", "--starts", "9"},
                 "--starts: expected a whole number from 100"},
        WrongUse{"FlagOfAnotherExperiment",
                 {"simulate", "--nodes", "a", "--pods", "b", "--zipf", "1"},
                 "--zipf belongs to --experiment cold-start"},
        WrongUse{"FlagOfAnotherExperimentToo",
                 {"simulate", "--experiment", "cold-start", "--departures"},
                 "--departures belongs to --experiment replay"},
        WrongUse{
            "SwitchWithValue", {"simulate", "--departures=yes"}, "--departures takes no value"},
        WrongUse{"UnknownFormat",
                 {"simulate", "--experiment", "cold-start", "-o", "xml"},
                 "-o: expected table, json or csv, found 'xml'"},
        WrongUse{"NothingToValidate", {"validate"}, "no file is named"},
        WrongUse{"ExplainNothing", {"explain"}, "name one pod"},
        WrongUse{"ExplainTwo", {"explain", "a", "b"}, "name one pod"},
        WrongUse{"ExplainNoName", {"explain", "a/b"}, "'a/b' is no name of a pod"},
        WrongUse{"ExplainFormat", {"explain", "a", "-o", "xml"}, "expected table or json"},
        WrongUse{"ExplainCaFile", {"explain", "a", "--ca-file", "/no/such/ca"}, "/no/such/ca"},
        WrongUse{"ExplainTokenFile",
                 {"explain", "a", "--token-file", "/no/such/token"},
                 "/no/such/token"},
        WrongUse{"ExplainServer", {"explain", "a", "--server", "here"}, "here"},
        WrongUse{"VersionWithArguments", {"version", "please"}, "takes no arguments"}),
    tests::CaseName);

TEST(CommandLine, HelpIsForThoseWhoAsk) {
  EXPECT_EQ(Say({"--help"}).code, kDone);
  EXPECT_THAT(Say({"serve", "--help"}).out, HasSubstr("--operations-listen HOST:PORT"));
  EXPECT_THAT(Say({"version"}).out, testing::StartsWith("berth "));
}

TEST(CommandLine, OutputThatIsLostIsAFailure) {
  for (const std::string word : {"version", "--help"}) {
    std::ofstream full("/dev/full");
    std::ostringstream err;
    EXPECT_EQ(app::Run({word}, full, err), kFailed) << word;
    EXPECT_EQ(err.str(), "berth: cannot write to standard output: No space left on device\n");
  }
}

TEST(CommandLine, FlagsAndOperandsMayBeMixedAndDashesEndFlags) {
  constexpr Flag kFlag{"--config", "FILE", "a file"};
  const std::vector<std::string> words = {"a", "--config=x", "--", "--b"};
  const Result<Arguments> arguments = ParseArguments(words, std::span(&kFlag, 1));
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->Get("--config"), "x");
  EXPECT_EQ(arguments->operands, (std::vector<std::string>{"a", "--b"}));
}

TEST(Validate, SaysOkAndTheKind) {
  const TemporaryFile file("apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n");
  const Said said = Say({"validate", file.path()});
  EXPECT_EQ(said.code, kDone);
  EXPECT_EQ(said.out, file.path() + ": ok (BerthConfiguration)\n");
}

TEST(Validate, ReadsTheRecordKeysWhereTheyAre) {
  const TemporaryFile sound("k1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=\n");
  const TemporaryFile broken("k1:MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=\nk1:x\n");
  const auto validate = [](const std::string& keys) {
    const TemporaryFile file(
        "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\nrecords: {keyFile: " + keys +
        "}\n");
    return Say({"validate", file.path()});
  };
  EXPECT_EQ(validate(sound.path()).code, kDone);
  EXPECT_EQ(validate("/not/on/this/machine").code, kDone);
  EXPECT_EQ(validate(broken.path()).code, kWrongUse);
  EXPECT_THAT(validate(broken.path()).err, HasSubstr("records.keyFile: " + broken.path() +
                                                     ": line 2: the id k1 is given twice"));
}

TEST(Serve, BeginsOnlyWithSoundRecordKeys) {
  const TemporaryFile keys("k1:c2hvcnQ=\n");
  const TemporaryFile cluster("apiVersion: v1\nkind: List\nitems: []\n");
  const TemporaryFile file(
      "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\nrecords: {keyFile: " +
      keys.path() + "}\n");
  const Said said = Say({"serve", "--config", file.path(), "--cluster", cluster.path()});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err,
              HasSubstr("records.keyFile: " + keys.path() + ": line 1: the key k1 has 5"));
}

TEST(Validate, ShowsWhatTheVariantsOfASoundCatalogAskFor) {
  const TemporaryFile file(R"(apiVersion: berth.dev/v1alpha1
kind: ModelCatalog
models:
- name: llama-3-70b
  variants:
  - {name: bf16, precision: bf16, weights: 134570Mi, devices: 4, concurrentSequences: 32, kvCachePerSequence: 2560Mi}
  - {name: int4, precision: int4, weights: 37900Mi, reserve: 1Gi, quality: 0.97, speed: 0.8}
- {name: bert, variants: [{name: v, weights: 400Mi, deviceMemory: 300Mi}]}
)");
  const Said said = Say({"validate", file.path()});
  EXPECT_EQ(said.code, kDone);
  EXPECT_EQ(
      said.out,
      file.path() + ": ok (ModelCatalog)\n" +
          R"(MODEL        VARIANT  PRECISION  DEVICES  MEMORY ON EACH    WEIGHTS  QUALITY  SPEED
bert         v        fp16             1         300 MiB    400 MiB        1      1
llama-3-70b  bf16     bf16             4        52.9 GiB  131.4 GiB        1      1
llama-3-70b  int4     int4             1        38.0 GiB   37.0 GiB     0.97    0.8
)");
  EXPECT_THAT(said.err, HasSubstr(":8:67: warning: models[1].variants[0].deviceMemory: "));
}

TEST(Validate, RefusesACatalogWithEverythingThatIsWrongAndShowsNothing) {
  const TemporaryFile file(
      "apiVersion: berth.dev/v1alpha1\nkind: ModelCatalog\nmodels: [5, {name: a@b, variants: "
      "[]}]\n");
  const Said said = Say({"validate", file.path()});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, HasSubstr(":3:10: models[0]: "));
  EXPECT_THAT(said.err, HasSubstr(":3:20: models[1].name: "));
}

TEST(Validate, ShowsEveryMistakeWithItsPlace) {
  const TemporaryFile file(
      "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\nscheduler:\n  shortlist: x\n  "
      "weight: 3\n");
  const Said said = Say({"validate", file.path()});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr(":4:14: scheduler.shortlist: "));
  EXPECT_THAT(said.err, HasSubstr(":5:3: scheduler: unknown key \"weight\""));
}

TEST(Validate, ChecksATrace) {
  const std::string head = "apiVersion: berth.dev/v1alpha1\nkind: Trace\nnodes: [{devices: 1}]\n";
  const TemporaryFile sound(head + "pods: [{devices: 1, share: 460m}]\n");
  EXPECT_EQ(Say({"validate", sound.path()}).out, sound.path() + ": ok (Trace)\n");
  const TemporaryFile wrong(head + "pods: [{devices: 1, share: 46}, {cpu: x}]\n");
  const Said said = Say({"validate", wrong.path()});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr(":4:28: pods[0].share: "));
  EXPECT_THAT(said.err, HasSubstr(":4:39: pods[1].cpu: "));
}

TEST(Validate, RefusesAnEngineWhoseNameIsTaken) {
  const TemporaryFile file(
      "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\nengines:\n"
      "- {name: vllm, running: my_requests}\n");
  const Said said = Say({"validate", file.path()});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr(": engine vllm: the name is taken"));
}

TEST(Validate, RefusesTypicalPodsOfUnknownDevices) {
  const auto text = [](std::string_view resource) {
    return fmt::format(
        "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\ntypicalPods:\n"
        "- {{gpuCores: 50}}\n- {{resource: {}, devices: 8}}\n",
        resource);
  };
  const TemporaryFile known(text("nvidia.com/gpu"));
  EXPECT_EQ(Say({"validate", known.path()}).code, kDone);
  const TemporaryFile unknown(text("example.com/npu"));
  const Said said = Say({"validate", unknown.path()});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr(": typicalPods[1].resource: example.com/npu is no class"));
}

TEST(Validate, RefusesAnExtenderThatFailsOpen) {
  const TemporaryFile file(
      "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nextenders:\n"
      "- {urlPrefix: 'http://127.0.0.1:7480', filterVerb: filter, bindVerb: bind, "
      "nodeCacheCapable: true, ignorable: true}\n");
  const Said said = Say({"validate", file.path()});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr("ignorable"));
}

TEST(Validate, WarnsOfPodsAndNodesThatGetNothing) {
  const TemporaryFile file(R"(apiVersion: v1
kind: Node
metadata: {name: x, labels: {berth.dev/sharing: native}}
status: {allocatable: {nvidia.com/gpu: 8}}
---
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: c, resources: {limits: {berth.dev/gpu-cores: 250}}}]}
)");
  const Said said = Say({"validate", file.path()});
  EXPECT_EQ(said.code, kDone);
  EXPECT_THAT(said.err, HasSubstr("warning: node x: "));
  EXPECT_THAT(said.err,
              HasSubstr("malformed device request: berth.dev/gpu-cores must be 1 to 100"));
}

TEST(Validate, WarnsOfWhatIsNotUnderstoodOfModelsAndOfOtherKinds) {
  const TemporaryFile file(R"(apiVersion: v1
kind: Node
metadata: {name: x}
---
apiVersion: inventory.berth.dev/v1alpha1
kind: NodeModelInventory
metadata: {name: x}
status: {models: [{id: "hf://org/model", tier: ssd}]}
---
apiVersion: v1
kind: Service
metadata: {name: s}
)");
  const Said said = Say({"validate", file.path()});
  EXPECT_EQ(said.code, kDone);
  EXPECT_THAT(said.err, HasSubstr("warning: NodeModelInventory x: models[0]: tier: 'ssd' is none"));
  EXPECT_THAT(said.err, HasSubstr("warning: 1 objects are of kinds that Berth does not read"));
}

TEST(Validate, AFileThatIsNothingIsRefused) {
  const TemporaryFile file("kind: Deployment\n");
  EXPECT_EQ(Say({"validate", file.path()}).code, kWrongUse);
}

TEST(Validate, AnEmptyFileIsOfNoKind) {
  const TemporaryFile file("");
  EXPECT_THAT(Say({"validate", file.path()}).err, HasSubstr("kind is neither"));
  EXPECT_THAT(Say({"validate", std::filesystem::temp_directory_path().string()}).err,
              HasSubstr("Is a directory"));
}

// The files that scripts/e2e installs are what somebody copies first.
TEST(Validate, FindsNothingToSayOfTheScenarios) {
  const std::filesystem::path scenarios =
      std::filesystem::path(tests::kTestsDirectory) / "../examples/scenarios";
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scenarios)) {
    if (entry.path().extension() != ".yaml") {
      continue;
    }
    const Said said = Say({"validate", entry.path().string()});
    EXPECT_EQ(said.code, kDone) << entry.path();
    EXPECT_EQ(said.err, "") << entry.path();
    EXPECT_THAT(said.out, HasSubstr(": ok (")) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 6 * 3);
}

TEST(Serve, RefusesAClusterThatDoesNotParse) {
  const TemporaryFile file("kind: Node\nmetadata: {name: [}\n");
  const Said said = Say({"serve", "--cluster", file.path(), "--listen", "127.0.0.1:0",
                         "--operations-listen", "127.0.0.1:0"});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr(file.path()));
}

// With --cluster, on ports of its own.
Said ServeEmbedded(const std::string& settings) {
  const TemporaryFile cluster("apiVersion: v1\nkind: List\nitems: []\n");
  const TemporaryFile configuration("apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n" +
                                    settings);
  return Say({"serve", "--cluster", cluster.path(), "--config", configuration.path(), "--listen",
              "127.0.0.1:0", "--operations-listen", "127.0.0.1:0"});
}

TEST(Serve, RefusesToReviewTokensWithoutAnApiServer) {
  const Said said = ServeEmbedded("operations: {authentication: tokenReview}\n");
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr("operations.authentication: tokenReview needs an API server"));
}

TEST(Serve, RefusesADecisionLogThatCannotBeWritten) {
  const Said said = ServeEmbedded("decisionLog: {file: /no/such/directory/decisions}\n");
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr("decisionLog.file: /no/such/directory/decisions: "));
}

TEST(Serve, RefusesACertificateThatIsNotThere) {
  const Said said = ServeEmbedded("scheduler: {tls: {certFile: /no/such/crt, keyFile: /k}}\n");
  EXPECT_NE(said.code, kDone);
  EXPECT_THAT(said.err, HasSubstr("scheduler.tls: "));
  EXPECT_THAT(said.err, HasSubstr("/no/such/crt"));
}

TEST(Serve, RefusesToListenPlainlyBeyondLoopback) {
  const TemporaryFile cluster("apiVersion: v1\nkind: List\nitems: []\n");
  const Said said = Say({"serve", "--cluster", cluster.path(), "--listen", ":0"});
  EXPECT_EQ(said.code, kWrongUse);
  EXPECT_THAT(said.err, HasSubstr("scheduler.listen: :0 is not on loopback"));
}

TEST(Simulate, PrintsARowPerSeedAndTheirMean) {
  const Said said = Say({"simulate", "--experiment", "cold-start", "--starts", "100", "--policy",
                         "random", "--policy", "combined", "--seeds", "1,2", "-o", "csv"});
  EXPECT_EQ(said.code, kDone);
  EXPECT_EQ(said.err, "") << "no progress bar where nobody watches";
  EXPECT_THAT(said.out, HasSubstr("\nrandom,1,"));
  EXPECT_THAT(said.out, HasSubstr("\nrandom,mean,"));
  EXPECT_THAT(said.out, HasSubstr("\ncombined,2,"));
  EXPECT_EQ(std::ranges::count(said.out, '\n'), 7);
}

TEST(Simulate, DrawsAChart) {
  const TemporaryFile file("");
  const Said said = Say({"simulate", "--experiment", "cold-start", "--starts", "100", "--policy",
                         "random", "--seed", "1", "--chart", file.path()});
  EXPECT_EQ(said.code, kDone);
  std::ostringstream chart;
  chart << std::ifstream(file.path()).rdbuf();
  EXPECT_THAT(chart.str(), testing::StartsWith("<svg "));
}

TEST(Simulate, AChartThatCannotBeWrittenIsAFailure) {
  const Said said = Say({"simulate", "--experiment", "cold-start", "--starts", "100", "--policy",
                         "random", "--seed", "1", "--chart", "/no/such/directory/chart.svg"});
  EXPECT_EQ(said.code, kFailed);
  EXPECT_THAT(said.err, HasSubstr("--chart: cannot write /no/such/directory/chart.svg"));
}

TEST(Simulate, HelpNamesThePolicies) {
  const Said said = Say({"simulate", "--help"});
  EXPECT_EQ(said.code, kDone);
  EXPECT_THAT(said.out, HasSubstr("kube-default-image-locality"));
}

}  // namespace
}  // namespace berth::app
