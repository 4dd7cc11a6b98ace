#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "explain_page.h"
#include "operations_fixture.h"
#include "testing/case_name.h"
#include "testing/golden.h"

namespace berth::server {
namespace {

using testing::HasSubstr;

core::Term Term(std::string_view scorer, std::string_view unit, double raw, double normalised,
                double weight, std::string sentence) {
  return {.scorer = scorer,
          .unit = unit,
          .raw = raw,
          .normalised = normalised,
          .weight = weight,
          .points = static_cast<std::int64_t>(100 * (1 - normalised)),
          .sentence = std::move(sentence)};
}

extender::Explanation Decided() {
  extender::Explanation said{
      .profile = "latency",
      .at = WallTime(std::chrono::seconds(1'795'497'631)),
      .decided = true,
      .node = "gpu-a-1",
      .why =
          "gpu-a-1 costs 6.00 s, gpu-a-2 21.00 s; model-placement "
          "decides: 20.0 GB of fp16 from the local disk: 4.0 s",
      .fitting_total = 2,
      .refused_total = 3,
      .refused_by_reason = {{core::Reason::kDeviceMemory, 2}, {core::Reason::kNoDevices, 1}}};
  said.pod.ns = "ml";
  said.pod.name = "llm-0";
  said.pod.uid = "8f0c";
  said.pod.model = "llama-3-8b";
  said.fitting.push_back({.name = "gpu-a-1",
                          .cost = 6.0,
                          .variant = "fp16",
                          .devices = {"0"},
                          .said = {.terms = {Term("gpu-memory", "MiB or devices left", 57344, 0.5,
                                                  1.5, "57344 of 81920 MiB stay free on the node"),
                                             Term("batch-load", "load after docking", 0.8, 0.02, 60,
                                                  "load 0.80 after docking"),
                                             Term("model-placement", "seconds", 4, 4.0 / 300, 300,
                                                  "20.0 GB of fp16 from the local disk: 4.0 s")}}});
  extender::ExplainedNode next = said.fitting.front();
  next.name = "gpu-a-2";
  next.cost = 21;
  next.contended = true;
  next.said.terms[2] = Term("model-placement", "seconds", 19, 19.0 / 300, 300,
                            "20.0 GB of fp16 from the remote store: 19.0 s");
  said.fitting.push_back(next);
  said.refused.push_back(
      {.name = "gpu-t-1",
       .reason = core::Reason::kDeviceMemory,
       .said = {.miss = "needs 24576 MiB on a device, the best has 16384 MiB; int8 would fit"}});
  said.refused.push_back({.name = "web-1",
                          .reason = core::Reason::kNoDevices,
                          .said = {.miss = "no matching devices"}});
  return said;
}

class ExplainTest : public OperationsTest {
 protected:
  net::Response Ask(std::string_view target) {
    Operations operations = MakeOperations();
    operations.explain = [](std::string_view ns, std::string_view name,
                            std::size_t limit) -> Result<extender::Explanation> {
      if (ns != "ml" || name != "llm-0") {
        return Error{ErrorCode::kNotFound, "no such pod"};
      }
      extender::Explanation said = Decided();
      said.refused.resize(std::min(said.refused.size(), limit));
      return said;
    };
    return Serve(OperationsRoutes(operations), "GET", target);
  }
};

TEST_F(ExplainTest, ForPrograms) {
  const net::Response answer = Ask("/api/v1/pods/ml/llm-0/explain");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(
      tests::MatchesGolden(Json::parse(answer.body).dump(2) + "\n", "golden/server/explain.json"));
}

TEST_F(ExplainTest, ForPeople) {
  const net::Response answer = Ask("/api/v1/pods/ml/llm-0/explain?output=table");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(tests::MatchesGolden(answer.body, "golden/server/explain.txt"));
}

struct ObservedCase {
  std::string name;
  bool fits;
  std::string want;
};
class ObservedTest : public testing::TestWithParam<ObservedCase> {};

TEST_P(ObservedTest, TheChoiceStandsBesideWhereOthersPutThePod) {
  extender::Explanation said = Decided();
  said.observed = true;
  said.node = "gpu-b-7";
  if (!GetParam().fits) {
    said.fitting.clear();
  }
  EXPECT_THAT(ExplanationText(said), HasSubstr(GetParam().want));
  EXPECT_EQ(ExplanationJson(said)["observed"], true);
}

INSTANTIATE_TEST_SUITE_P(
    Explain, ObservedTest,
    testing::Values(
        ObservedCase{"Another", true, "Placed on gpu-b-7; Berth would have chosen gpu-a-1\n"},
        ObservedCase{"None", false, "Placed on gpu-b-7; Berth would have refused it\n"}),
    tests::CaseName);

TEST_F(ExplainTest, NamesWhatThePodReads) {
  extender::Explanation said = Decided();
  said.pod.data = {"imagenet", "c4"};
  EXPECT_THAT(ExplanationText(said),
              HasSubstr("Pod ml/llm-0, model llama-3-8b, reads imagenet, c4, profile latency\n"));
}

TEST_F(ExplainTest, AnswersBadQuestionsWithTheField) {
  EXPECT_EQ(Ask("/api/v1/pods/ml/nobody/explain").status, 404);
  EXPECT_EQ(Ask("/api/v1/pods/ml/llm-0/why/explain").status, 404);
  const net::Response output = Ask("/api/v1/pods/ml/llm-0/explain?output=xml");
  EXPECT_EQ(output.status, 400);
  EXPECT_THAT(output.body, HasSubstr("expected json or table, found 'xml'"));
  EXPECT_EQ(Ask("/api/v1/pods/ml/llm-0/explain?limit=0").status, 400);
  EXPECT_THAT(Ask("/api/v1/pods/ml/llm-0/explain?page=2").body, HasSubstr("known: limit, output"));
}

TEST_F(ExplainTest, TheLimitIsPassedOn) {
  EXPECT_EQ(Json::parse(Ask("/api/v1/pods/ml/llm-0/explain?limit=1").body)["refused"].size(), 1U);
}

class ModelsPageTest : public OperationsTest {};

TEST_F(ModelsPageTest, ShowsVariantsCopiesAndOutdatedPods) {
  List({SharedNode("gpu-a-1"), SharedNode("gpu-a-2")});
  cluster::Model model{.name = "llama-3-8b", .version = "2", .engine = "vllm"};
  model.variants.push_back({.name = "fp16",
                            .source = "hf://org/llama#fp16",
                            .weights = Bytes(16'000'000'000),
                            .memory = 20_GiB});
  const auto catalog = std::make_shared<const cluster::Catalog>(
      std::vector<cluster::Model>{model}, "fnv:1",
      std::vector<cluster::Dataset>{{.name = "imagenet",
                                     .source = "pvc://ml/imagenet",
                                     .size = Bytes(120'000'000'000),
                                     .zones = {"eu-1a"}}});
  store_.SetCatalog(catalog);
  auto weights = std::make_shared<cluster::WeightTable>();
  weights->names = store_.snapshot()->names_ptr();
  weights->rates.emplace_back();
  weights->copies["hf://org/llama#fp16"] = {
      {.node = 0, .tier = cluster::Tier::kHost, .bytes = Bytes(16'000'000'000)},
      {.node = 0, .tier = cluster::Tier::kDisk, .bytes = Bytes(16'000'000'000)},
      {.node = 1, .tier = cluster::Tier::kDisk, .bytes = Bytes(1), .ready_in = 9}};
  weights->copies["pvc://ml/imagenet"] = {
      {.node = 1, .tier = cluster::Tier::kDisk, .bytes = Bytes(120'000'000'000)}};
  store_.SetWeights(weights);
  for (const char* version : {"1", "2"}) {
    kube::PodObject pod = tests::Pod(std::string("llm-") + version)
                              .Annotation(std::string(device::kModel), "llama-3-8b")
                              .object();
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    cluster::PodRequest request = device::ReadPod(pod, store_.classes());
    request.demand.share = cluster::DeviceShare{.memory = 20_GiB};
    for (const auto& annotation : device::WriteRecord(
             request, *snapshot->facts(0), cluster::DeviceSet(1), store_.classes(),
             device::ModelChoice{.model = "llama-3-8b", .variant = "fp16", .version = version})) {
      pod.annotations.push_back(annotation);
    }
    pod.node_name = "gpu-a-1";
    store_.PutPod(pod);
  }
  EXPECT_TRUE(
      tests::MatchesGolden(GetJson("/api/v1/models").dump(2) + "\n", "golden/server/models.json"));
}

TEST_F(ModelsPageTest, NodesShowTheLoadOfTheirDevices) {
  List({SharedNode("gpu-a-1")});
  EXPECT_FALSE(GetJson("/api/v1/nodes")["items"][0].contains("loadMeasured"));
  auto loads = std::make_shared<cluster::LoadTable>();
  loads->names = store_.snapshot()->names_ptr();
  loads->nodes.resize(1);
  loads->nodes[0].load[1] = 0.756F;
  loads->nodes[0].confidence = 0.5F;
  store_.SetLoads(loads);
  const Json node = GetJson("/api/v1/nodes")["items"][0];
  EXPECT_EQ(node["loadMeasured"], 0.5);
  EXPECT_EQ(node["devices"][0]["load"], 0.0);
  EXPECT_EQ(node["devices"][1]["load"], 0.76);
}

TEST_F(ModelsPageTest, WithoutACatalogThereAreNone) {
  const Json page = GetJson("/api/v1/models");
  EXPECT_EQ(page["revision"], "");
  EXPECT_TRUE(page["items"].empty());
  EXPECT_EQ(page["datasets"], Json::array());
}

// A field that an answer shows is a field that the description names.
TEST_F(ModelsPageTest, OpenApiNamesEveryField) {
  const Json schemas = GetJson("/openapi.json").at("components").at("schemas");
  const Json explanation = Json::parse(tests::ReadText("golden/server/explain.json"));
  const auto named = [](const Json& schema, const Json& shown, auto& self) -> void {
    if (shown.is_object() && schema.contains("properties")) {
      for (const auto& [field, value] : shown.items()) {
        ASSERT_TRUE(schema["properties"].contains(field)) << field;
        self(schema["properties"][field], value, self);
      }
    } else if (shown.is_array() && schema.contains("items")) {
      for (const Json& value : shown) {
        self(schema["items"], value, self);
      }
    }
  };
  named(schemas["Explanation"], explanation, named);
  for (const char* field : {"rack", "zone"}) {
    EXPECT_TRUE(schemas["Node"]["properties"].contains(field)) << field;
  }
  EXPECT_TRUE(schemas["Pod"]["properties"].contains("data"));
  named(schemas["ModelList"], Json::parse(tests::ReadText("golden/server/models.json")), named);
}

}  // namespace
}  // namespace berth::server
