// Pods that name a model, through the verbs; and why they dock where they do.
#include "berth/device/read.h"
#include "world.h"

namespace berth::extender {
namespace {

using testing::HasSubstr;

cluster::ModelVariant Variant(std::string name, std::int64_t gigabytes, MiB memory,
                              double quality) {
  return {.name = name,
          .source = "hf://org/llama#" + name,
          .weights = Bytes(gigabytes * 1'000'000'000),
          .memory = memory,
          .quality = quality};
}

std::shared_ptr<const cluster::Catalog> Llama(std::string version = "1") {
  return std::make_shared<const cluster::Catalog>(
      std::vector<cluster::Model>{
          {.name = "llama",
           .version = std::move(version),
           .variants = {Variant("fp16", 16, 20_GiB, 1), Variant("int8", 8, 10_GiB, 0.95)}}},
      "test");
}

json ModelPod(const std::string& name, const std::string& model) {
  return PodJson(name, json::object(), {{"berth.dev/model", model}});
}

class ModelsTest : public World {
 protected:
  void SetUp() override {
    Start({SharedNode("large", 1, 40_GiB), SharedNode("small", 1, 16_GiB)});
    store_.SetCatalog(Llama());
  }

  // Weights of fp16 and int8 on the disk of `node`.
  void Weights(const std::string& node) {
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    auto table = std::make_shared<cluster::WeightTable>();
    table->names = snapshot->names_ptr();
    table->rates.emplace_back();
    for (const char* variant : {"fp16", "int8"}) {
      table->copies[std::string("hf://org/llama#") + variant] = {
          {.node = *snapshot->Find(node), .bytes = Bytes(100'000'000'000)}};
    }
    store_.SetWeights(table);
  }
};

TEST_F(ModelsTest, AModelAloneTakesWhatItsVariantNeedsThere) {
  const json pod = ModelPod("p", "llama");
  EXPECT_EQ(Filter(pod)["NodeNames"].size(), 2U);
  EXPECT_EQ(Bind("p", "small"), json::object());
  EXPECT_EQ(Annotation("p", "berth.dev/model-variant"), "int8");
  EXPECT_EQ(Annotation("p", "berth.dev/devices"), "0");
  const json record = json::parse(Annotation("p", "berth.dev/allocation"));
  EXPECT_EQ(record["model"], "llama@int8");
  EXPECT_EQ(record["modelVersion"], "1");
  EXPECT_EQ(record["memoryMiB"], 10 * 1024);
  const cluster::SnapshotPtr snapshot = store_.snapshot();
  EXPECT_EQ(snapshot->row(*snapshot->Find("small")).free_memory[0], 6 * 1024);
}

TEST_F(ModelsTest, PinnedIsPinned) {
  EXPECT_EQ(Filter(ModelPod("p", "llama@fp16"))["NodeNames"], json({"large"}));
  EXPECT_EQ(Bind("p", "small")["Error"],
            "berth: bind ml/p to small: insufficient device memory on small");
  EXPECT_EQ(Bind("p", "large"), json::object());
  EXPECT_EQ(Annotation("p", "berth.dev/model-variant"), "fp16");
}

TEST_F(ModelsTest, GoesWhereTheWeightsAre) {
  Weights("small");
  const json pod = ModelPod("p", "llama@int8");
  Filter(pod);
  EXPECT_EQ(ScoreOf(Prioritize(pod), "small"), 10);
  Weights("large");
  const json other = ModelPod("q", "llama@int8");
  Filter(other);
  EXPECT_EQ(ScoreOf(Prioritize(other), "large"), 10);
}

TEST_F(ModelsTest, AnUnknownModelWaitsForTheCatalog) {
  const json pod = ModelPod("p", "mixtral");
  EXPECT_EQ(Filter(pod)["FailedAndUnresolvableNodes"]["large"], "model is not in the catalog");
  service_->Tend();
  EXPECT_EQ(Calls(sim::Verb::kPatchPodCondition), 1) << "says why";
  store_.SetCatalog(std::make_shared<const cluster::Catalog>(
      std::vector<cluster::Model>{{.name = "mixtral", .variants = {Variant("fp8", 12, 14_GiB, 1)}}},
      "with mixtral"));
  clock_.Advance(std::chrono::seconds(1));
  service_->Tend();
  EXPECT_EQ(Calls(sim::Verb::kPatchPodCondition), 2) << "and wakes the pod";
  EXPECT_EQ(Filter(pod)["NodeNames"].size(), 2U);
}

// Each variant takes its room while the binding of the last one is on its way.
TEST_F(ModelsTest, ExpectedPodsCountWithTheirVariants) {
  Filter(ModelPod("p", "llama@int8"));
  Filter(ModelPod("q", "llama@int8"));
  Filter(ModelPod("r", "llama@int8"));
  EXPECT_EQ(store_.Expected("", clock_.Now()).size(), 3U);
  for (const auto& room : store_.Expected("", clock_.Now())) {
    EXPECT_EQ(room.demand.share->memory, 10_GiB);
  }
}

// The ledger is rebuilt from the cluster alone: the amounts are the record's, and no less than the
// catalog's for the variant on record.
TEST_F(ModelsTest, ARestartChargesWhatWasChosen) {
  Filter(ModelPod("p", "llama@int8"));
  ASSERT_EQ(Bind("p", "large"), json::object());
  kube::PodObject bound = api_.GetPod("ml", "p").value();
  const auto free = [](const state::Store& store) {
    const cluster::SnapshotPtr snapshot = store.snapshot();
    return snapshot->row(*snapshot->Find("large")).free_memory[0];
  };
  const auto restarted = [&](const kube::PodObject& pod,
                             std::shared_ptr<const cluster::Catalog> catalog) {
    auto store = std::make_unique<state::Store>(device::ClassTable::BuiltIn());
    store->SetCatalog(std::move(catalog));
    store->BeginNodes();
    store->PutNode(SharedNode("large", 1, 40_GiB));
    store->EndNodes();
    store->BeginPods();
    store->PutPod(pod);
    store->EndPods();
    return store;
  };
  EXPECT_EQ(free(*restarted(bound, Llama())), 30 * 1024);
  EXPECT_EQ(free(*restarted(bound, nullptr)), 30 * 1024);
  EXPECT_EQ(restarted(bound, Llama())->FindPod("uid-p")->variant, "int8");

  // Made smaller by somebody: the catalog knows better.
  kube::PodObject edited = bound;
  for (auto& [key, value] : edited.annotations) {
    if (key == "berth.dev/allocation") {
      json record = json::parse(value);
      record["memoryMiB"] = 1;
      value = record.dump();
    }
  }
  EXPECT_EQ(free(*restarted(edited, Llama())), 30 * 1024);

  // No record that can be believed: nobody else gets the devices.
  kube::PodObject bare = bound;
  std::erase_if(bare.annotations, [](const auto& a) { return a.first != "berth.dev/model"; });
  EXPECT_EQ(free(*restarted(bare, Llama())), 0);
}

TEST_F(ModelsTest, ExplainsAPodThatWaits) {
  Filter(ModelPod("p", "llama@fp16"));
  const Result<Explanation> said = service_->Explain("ml", "p", 20);
  ASSERT_TRUE(said.ok()) << said.error().message;
  EXPECT_FALSE(said->decided);
  EXPECT_EQ(said->node, "large");
  EXPECT_EQ(said->why, "large is the only node that fits");
  ASSERT_EQ(said->refused.size(), 1U);
  EXPECT_EQ(said->refused[0].said.miss,
            "needs 20480 MiB on a device, the best has 16384 MiB; int8 would fit");
}

// What was decided is shown, not what would be decided by now.
TEST_F(ModelsTest, ExplainsABoundPodAsItWasDecided) {
  Weights("small");
  Filter(ModelPod("p", "llama@int8"));
  ASSERT_EQ(Bind("p", "small"), json::object());
  Weights("large");
  const Result<Explanation> said = service_->Explain("ml", "p", 20);
  ASSERT_TRUE(said.ok()) << said.error().message;
  EXPECT_TRUE(said->decided);
  EXPECT_EQ(said->node, "small");
  ASSERT_EQ(said->fitting.size(), 2U);
  EXPECT_EQ(said->fitting[0].name, "small");
  EXPECT_EQ(said->fitting[0].variant, "int8");
  EXPECT_THAT(said->why, HasSubstr("model-placement decides: 8.0 GB of int8 from the local disk"));
}

class DataTest : public World {
 protected:
  void SetUp() override {
    Start({SharedNode("a", 1, 40_GiB), SharedNode("b", 1, 40_GiB)});
    store_.SetCatalog(std::make_shared<const cluster::Catalog>(
        std::vector<cluster::Model>{}, "data",
        std::vector<cluster::Dataset>{
            {.name = "imagenet", .source = "s3://imagenet", .size = Bytes(40'000'000'000)}}));
  }

  void Data(const std::string& node) {
    const cluster::SnapshotPtr snapshot = store_.snapshot();
    auto table = std::make_shared<cluster::WeightTable>();
    table->names = snapshot->names_ptr();
    table->rates.emplace_back();
    table->copies["s3://imagenet"] = {
        {.node = *snapshot->Find(node), .bytes = Bytes(40'000'000'000)}};
    store_.SetWeights(table);
  }

  static json Training(const std::string& name, const std::string& data) {
    return PodJson(name, Gpu(8_GiB), {{"berth.dev/data", data}});
  }
};

TEST_F(DataTest, APodGoesWhereItsDataIsAndIsToldSoLater) {
  Data("b");
  const json pod = Training("train", "imagenet");
  Filter(pod);
  EXPECT_EQ(ScoreOf(Prioritize(pod), "b"), 10);
  ASSERT_EQ(Bind("train", "b"), json::object());
  // What was decided stays what was decided.
  Data("a");
  store_.SetCatalog(nullptr);
  const Result<Explanation> said = service_->Explain("ml", "train", 20);
  ASSERT_TRUE(said.ok()) << said.error().message;
  EXPECT_TRUE(said->decided);
  EXPECT_EQ(said->pod.data, std::vector<std::string>{"imagenet"});
  EXPECT_THAT(said->why, HasSubstr("model-placement decides: 40.0 GB of imagenet from the local "
                                   "disk: 0.0 s"));
  EXPECT_EQ(said->fitting[1].said.terms[2].sentence,
            "40.0 GB of imagenet from the remote store: 200.0 s");
}

TEST_F(DataTest, MalformedIsRefusedEverywhereAndUnknownNowhere) {
  EXPECT_EQ(Filter(Training("malformed", "imagenet,,"))["FailedAndUnresolvableNodes"]["a"],
            "malformed annotation: berth.dev/data");
  EXPECT_EQ(Filter(Training("unknown", "c4"))["NodeNames"].size(), 2U);
}

TEST_F(ModelsTest, ExplainsNothingThatIsNotKept) {
  EXPECT_EQ(service_->Explain("ml", "nobody", 20).error().code, ErrorCode::kNotFound);
  Filter(ModelPod("p", "llama@int8"));
  ASSERT_EQ(Bind("p", "small"), json::object());
  for (int i = 0; i < 64; ++i) {
    Filter(ModelPod("later-" + std::to_string(i), "llama@int8"));
  }
  EXPECT_EQ(service_->Explain("ml", "p", 20).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace berth::extender
