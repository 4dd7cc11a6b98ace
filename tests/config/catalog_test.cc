#include "berth/config/catalog.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "catalog_settings.h"
#include "testing/case_name.h"
#include "testing/golden.h"

namespace berth::config {
namespace {

using berth::tests::MatchesGolden;
using berth::tests::ReadText;
using cluster::Model;
using cluster::Precision;

constexpr std::string_view kHeader = "apiVersion: berth.dev/v1alpha1\nkind: ModelCatalog\n";

ParsedCatalog ParseBody(std::string_view body) {
  return ParseCatalog(std::string(kHeader) + std::string(body));
}

// Nothing but the complaints, with the lines counted from the body's first.
std::string Complaints(std::string_view body) {
  std::vector<Complaint> complaints = ParseBody(body).complaints;
  for (Complaint& complaint : complaints) {
    complaint.line -= 2;
  }
  return Format(complaints, "");
}

// One variant of one model, with `fields` beside its name and 4Gi of weights.
std::string Variant(std::string_view fields) {
  return fmt::format("models: [{{name: m, variants: [{{name: v, weights: 4Gi{}{}}}]}}]",
                     fields.empty() ? "" : ", ", fields);
}

TEST(ParseCatalog, ReadsEveryField) {
  const ParsedCatalog parsed = ParseBody(R"(
models:
  - name: llama-3-8b
    version: "3.1"
    engine: vllm
    source: hf://meta-llama/Llama-3.1-8B@0e9e39f
    zones: [eu-1a, eu-1b]
    start: 1m30s
    variants:
      - name: int8
        precision: int8
        source: s3://models/llama-int8
        weights: 8Gi
        devices: 2
        concurrentSequences: 16
        kvCachePerSequence: 1Gi
        reserve: 512Mi
        cores: 30
        accelerators: [H100, A100-SXM4]
        quality: 0.99
        speed: 1.5
      - {name: full, precision: fp32, weights: 32Gi, deviceMemory: 40Gi}
)");
  EXPECT_EQ(Format(parsed.complaints, ""), "");
  ASSERT_EQ(parsed.catalog.models().size(), 1U);
  const Model want{.name = "llama-3-8b",
                   .version = "3.1",
                   .engine = "vllm",
                   .start = std::chrono::seconds(90),
                   .variants = {{.name = "int8",
                                 .precision = Precision::kInt8,
                                 .source = "s3://models/llama-int8",
                                 .zones = {"eu-1a", "eu-1b"},
                                 .weights = Bytes(8LL << 30),
                                 .devices = 2,
                                 .memory = 12_GiB + 512_MiB,  // (8 + 16 x 1) / 2 + 0.5
                                 .cores = Percent(30),
                                 .accelerators = {"h100", "a100-sxm4"},
                                 .quality = 0.99,
                                 .speed = 1.5},
                                {.name = "full",
                                 .precision = Precision::kFp32,
                                 .source = "hf://meta-llama/Llama-3.1-8B@0e9e39f#full",
                                 .zones = {"eu-1a", "eu-1b"},
                                 .weights = Bytes(32LL << 30),
                                 .memory = 40_GiB}}};
  EXPECT_EQ(parsed.catalog.models()[0], want);
}

TEST(ParseCatalog, WhatIsLeftOutHasTheDefaultsOfTheReference) {
  const ParsedCatalog parsed = ParseBody(Variant(""));
  EXPECT_EQ(Format(parsed.complaints, ""), "");
  ASSERT_EQ(parsed.catalog.models().size(), 1U);
  const Model want{.name = "m",
                   .variants = {{.name = "v",
                                 .precision = Precision::kFp16,
                                 .source = "m#v",
                                 .weights = Bytes(4LL << 30),
                                 .memory = 4_GiB}}};
  EXPECT_EQ(parsed.catalog.models()[0], want);
}

TEST(ParseCatalog, AModelWithoutASourceIsItsOwnUpToTheVersion) {
  const auto source = [](std::string_view model) {
    const ParsedCatalog parsed = ParseBody(
        fmt::format("models: [{{name: m{}, variants: [{{name: v, weights: 1Mi}}]}}]", model));
    return parsed.ok() ? parsed.catalog.models()[0].variants[0].source
                       : Format(parsed.complaints, "");
  };
  EXPECT_EQ(source(""), "m#v");
  EXPECT_EQ(source(", version: \"2\""), "m@2#v");
  EXPECT_EQ(source(", version: \"2\", source: s3://m"), "s3://m@2#v");
  EXPECT_EQ(source(", version: \"2\", source: s3://m@1"), "s3://m@1#v");
}

struct MemoryCase {
  std::string name;
  std::string fields;
  MiB want;
};
void PrintTo(const MemoryCase& value, std::ostream* out) { *out << value.fields; }
class MemoryTest : public ::testing::TestWithParam<MemoryCase> {};

TEST_P(MemoryTest, IsWhatEachDeviceMustHave) {
  const ParsedCatalog parsed = ParseBody(Variant(GetParam().fields));
  ASSERT_TRUE(parsed.ok()) << Format(parsed.complaints, "");
  EXPECT_EQ(parsed.catalog.models()[0].variants[0].memory, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Derived, MemoryTest,
    ::testing::Values(
        MemoryCase{"WeightsAlone", "", 4_GiB}, MemoryCase{"Reserve", "reserve: 1Gi", 5_GiB},
        MemoryCase{"OneSequence", "kvCachePerSequence: 1Gi", 5_GiB},
        MemoryCase{"ManySequences", "kvCachePerSequence: 1Gi, concurrentSequences: 12", 16_GiB},
        MemoryCase{"CacheIsSplitAndReserveIsNot",
                   "kvCachePerSequence: 1Gi, concurrentSequences: 12, devices: 4, reserve: 1Gi",
                   5_GiB},
        MemoryCase{"OneByteOver", "reserve: 1", 4_GiB + 1_MiB},
        MemoryCase{"ThirdsAreRoundedUp", "devices: 3", MiB{1366}},
        MemoryCase{"Said", "deviceMemory: 5000Mi", MiB{5000}},
        MemoryCase{"SaidInOddBytes", "deviceMemory: 5242880001", MiB{5001}},
        MemoryCase{"ZeroIsDerived", "deviceMemory: 0, kvCachePerSequence: 1Gi", 5_GiB}),
    berth::tests::CaseName);

struct Case {
  std::string name;
  std::string body;
  std::string complaints;
};
void PrintTo(const Case& value, std::ostream* out) { *out << value.body; }
class CatalogComplaintTest : public ::testing::TestWithParam<Case> {};

TEST_P(CatalogComplaintTest, NamesThePlaceAndWhatWouldBeRight) {
  EXPECT_EQ(Complaints(GetParam().body), GetParam().complaints);
}

INSTANTIATE_TEST_SUITE_P(
    Shape, CatalogComplaintTest,
    ::testing::Values(
        Case{"NoModels", "", ":-1:1: models: is missing, expected a list of models\n"},
        Case{"NullModels", "models:", ":-1:1: models: is missing, expected a list of models\n"},
        Case{"EmptyList", "models: []", ""},
        Case{"NoList", "models: {name: m}",
             ":1:9: models: found a map, expected a list of models\n"},
        Case{"NoMap", "models: [llama]",
             ":1:10: models[0]: found \"llama\", expected a map with: name, version, engine, "
             "source, zones, start, variants\n"},
        Case{"NoVariants", "models: [{name: m}]",
             ":1:10: models[0].variants: is missing or empty, expected at least one variant\n"},
        Case{"EmptyVariants", "models: [{name: m, variants: []}]",
             ":1:10: models[0].variants: is missing or empty, expected at least one variant\n"},
        Case{"VariantsAreNoList", "models: [{name: m, variants: int8}]",
             ":1:30: models[0].variants: found \"int8\", expected a list of variants\n"},
        Case{"NoNameAndNoWeights", "models: [{variants: [{}]}]",
             ":1:10: models[0].name: is missing, expected a name of at most 253 characters without "
             "'@' and white space\n"
             ":1:22: models[0].variants[0].name: is missing, expected a name of at most 63 "
             "letters, digits, '-', '_' and '.' that begins and ends with a letter or digit\n"
             ":1:22: models[0].variants[0].weights: is missing, expected a size such as 128Mi, 1Gi "
             "or a number of bytes\n"},
        Case{"UnknownKey", "model: []\nmodels: []",
             ":1:1: unknown key \"model\", did you mean models? known here: models, datasets, "
             "apiVersion, kind\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Names, CatalogComplaintTest,
    ::testing::Values(
        Case{"ModelTwice",
             "models:\n- {name: m, variants: [{name: v, weights: 1Gi}]}\n"
             "- {name: m, variants: [{name: v, weights: 1Gi}]}",
             ":3:10: models[1].name: m is the name of models[0] already\n"},
        Case{"VariantTwice",
             "models: [{name: m, variants: [{name: v, weights: 1Gi}, {name: v, weights: 1Gi}]}]",
             ":1:63: models[0].variants[1].name: v is the name of models[0].variants[0] already\n"},
        Case{"AtSign", "models: [{name: m@v, variants: [{name: v, weights: 1Gi}]}]",
             ":1:17: models[0].name: found \"m@v\" (a string), expected a name of at most 253 "
             "characters without '@' and white space\n"},
        Case{"Space", "models: [{name: m v, variants: [{name: v, weights: 1Gi}]}]",
             ":1:17: models[0].name: found \"m v\" (a string), expected a name of at most 253 "
             "characters without '@' and white space\n"},
        Case{"EscapedNewline", "models: [{name: \"m\\n\", variants: [{name: v, weights: 1Gi}]}]",
             ":1:17: models[0].name: found \"m\\n\" (a string), expected a name of at most 253 "
             "characters without '@' and white space\n"},
        Case{"Slash", "models: [{name: org/m:1, variants: [{name: v, weights: 1Gi}]}]", ""},
        Case{"VariantIsANumber", "models: [{name: m, variants: [{name: 8, weights: 1Gi}]}]",
             ":1:38: models[0].variants[0].name: found 8 (an integer), expected a name of at most "
             "63 letters, digits, '-', '_' and '.' that begins and ends with a letter or digit\n"},
        Case{"VersionIsANumber",
             "models: [{name: m, version: 1.10, variants: [{name: v, weights: 1Gi}]}]",
             ":1:29: models[0].version: found 1.10 (a number), expected a text of at most 1024 "
             "characters without white space (numbers in quotes)\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Values, CatalogComplaintTest,
    ::testing::Values(
        Case{"Engine", "models: [{name: m, engine: vlm, variants: [{name: v, weights: 1Gi}]}]",
             ":1:28: models[0].engine: found \"vlm\", expected one of: vllm, triton, tgi, sglang, "
             "tensorflow-serving, torchserve, ray-serve, nim, training, other\n"},
        Case{"Precision", Variant("precision: fp4"),
             ":1:66: models[0].variants[0].precision: found \"fp4\", expected one of: fp32, fp16, "
             "bf16, fp8, int8, int4, pruned, distilled\n"},
        Case{"NoDevices", Variant("devices: 0"),
             ":1:64: models[0].variants[0].devices: 0 is out of range, allowed is 1 to 16\n"},
        Case{"SeventeenDevices", Variant("devices: 17"),
             ":1:64: models[0].variants[0].devices: 17 is out of range, allowed is 1 to 16\n"},
        Case{"QualityOfNothing", Variant("quality: 0"),
             ":1:64: models[0].variants[0].quality: 0 is out of range, allowed is above 0 to 1\n"},
        Case{"QualityOfOne", Variant("quality: 1"), ""},
        Case{"QualityAboveOne", Variant("quality: 1.01"),
             ":1:64: models[0].variants[0].quality: 1.01 is out of range, allowed is above 0 to "
             "1\n"},
        Case{"QualityIsNoNumber", Variant("quality: .nan"),
             ":1:64: models[0].variants[0].quality: .nan is out of range, allowed is above 0 to "
             "1\n"},
        Case{"SpeedOfNothing", Variant("speed: 0"),
             ":1:62: models[0].variants[0].speed: 0 is out of range, allowed is above 0 to 1000\n"},
        Case{"NegativeSize", Variant("reserve: -1"),
             ":1:64: models[0].variants[0].reserve: -1 is out of range, allowed is 0 to 16Ti\n"},
        Case{
            "AcceleratorsAreNoList", Variant("accelerators: H100"),
            ":1:69: models[0].variants[0].accelerators: found \"H100\" (a string), expected a list "
            "of device models such as [H100, A100-SXM4]\n"},
        Case{
            "AcceleratorWithComma", Variant("accelerators: [\"H100,A100\", 4]"),
            ":1:70: models[0].variants[0].accelerators[0]: found \"H100,A100\" (a string), "
            "expected a device model such as H100, without commas\n"
            ":1:83: models[0].variants[0].accelerators[1]: found 4 (an integer), expected a device "
            "model such as H100, without commas\n"},
        Case{"AcceleratorTwice", Variant("accelerators: [L4, L4]"),
             ":1:74: models[0].variants[0].accelerators[1]: \"L4\" is in the list already\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Memory, CatalogComplaintTest,
    ::testing::Values(
        Case{"SaidAndDerived", Variant("deviceMemory: 8Gi, kvCachePerSequence: 1Gi"),
             ":1:94: models[0].variants[0].kvCachePerSequence: deviceMemory and kvCachePerSequence "
             "exclude each other: the one says what the other is there to derive\n"},
        Case{"ReserveBesideTheWhole", Variant("deviceMemory: 8Gi, reserve: 1Gi"),
             ":1:83: warning: models[0].variants[0].reserve: has no effect beside deviceMemory\n"},
        Case{"SequencesBesideTheWhole", Variant("deviceMemory: 8Gi, concurrentSequences: 8"),
             ":1:95: warning: models[0].variants[0].concurrentSequences: has no effect beside "
             "deviceMemory\n"},
        Case{"SequencesWithoutCache", Variant("concurrentSequences: 8"),
             ":1:76: warning: models[0].variants[0].concurrentSequences: has no effect without "
             "kvCachePerSequence\n"},
        Case{"LessThanTheWeights", Variant("deviceMemory: 1Gi, devices: 2"),
             ":1:69: warning: models[0].variants[0].deviceMemory: 1Gi is less than each device's "
             "share of the weights, 2147483648 bytes\n"},
        Case{"MoreThanAnyDevice", Variant("reserve: 16Ti"),
             ":1:31: models[0].variants[0]: needs 16781312 MiB on each device, more than the "
             "16777216 that any has\n"},
        Case{"NoSumOfMalformedNumbers", Variant("reserve: 16Ti, devices: x"),
             ":1:79: models[0].variants[0].devices: found \"x\" (a string), expected an "
             "integer\n"}),
    berth::tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Datasets, CatalogComplaintTest,
    ::testing::Values(
        Case{"Alone", "datasets: [{name: d, size: 1Gi}]", ""},
        Case{"EmptyList", "datasets: []", ""},
        Case{"NoList", "datasets: {name: d}",
             ":1:11: datasets: found a map, expected a list of datasets\n"},
        Case{"NoMap", "datasets: [imagenet]",
             ":1:12: datasets[0]: found \"imagenet\", expected a map with: name, source, size, "
             "zones\n"},
        Case{"NoNameAndNoSize", "datasets: [{}]",
             ":1:12: datasets[0].name: is missing, expected a name of at most 63 letters, digits, "
             "'-', '_' and '.' that begins and ends with a letter or digit\n"
             ":1:12: datasets[0].size: is missing, expected a size such as 128Mi, 1Gi or a number "
             "of bytes\n"},
        Case{"Comma", "datasets: [{name: \"a,b\", size: 1Gi}]",
             ":1:19: datasets[0].name: found \"a,b\" (a string), expected a name of at most 63 "
             "letters, digits, '-', '_' and '.' that begins and ends with a letter or digit\n"},
        Case{"Twice", "datasets:\n- {name: d, size: 1Gi}\n- {name: d, size: 2Gi}",
             ":3:10: datasets[1].name: d is the name of datasets[0] already\n"},
        Case{"AModelMayHaveTheName",
             "models: [{name: d, variants: [{name: v, weights: 1Gi}]}]\n"
             "datasets: [{name: d, size: 1Gi}]",
             ""},
        Case{"TooLarge", "datasets: [{name: d, size: 1025Ti}]",
             ":1:28: datasets[0].size: \"1025Ti\" is out of range, allowed is 1Ki to 1024Ti\n"},
        Case{"UnknownKey", "datasets: [{name: d, weights: 1Gi, size: 1Gi}]",
             ":1:22: datasets[0]: unknown key \"weights\"; known here: name, source, size, "
             "zones\n"}),
    berth::tests::CaseName);

TEST(ParseCatalog, ReadsDatasets) {
  const ParsedCatalog parsed = ParseBody(R"(
datasets:
  - name: imagenet
    source: pvc://ml/imagenet/train
    size: 120G
    zones: [eu-1a]
  - {name: c4, size: 300Gi}
)");
  EXPECT_EQ(Format(parsed.complaints, ""), "");
  EXPECT_TRUE(parsed.catalog.models().empty());
  const cluster::Dataset c4{.name = "c4", .source = "c4", .size = Bytes(300LL << 30)};
  const cluster::Dataset imagenet{.name = "imagenet",
                                  .source = "pvc://ml/imagenet/train",
                                  .size = Bytes(120'000'000'000),
                                  .zones = {"eu-1a"}};
  ASSERT_EQ(parsed.catalog.datasets().size(), 2U);
  EXPECT_EQ(parsed.catalog.datasets()[0], c4);
  EXPECT_EQ(parsed.catalog.datasets()[1], imagenet);
  EXPECT_EQ(parsed.catalog.FindDataset("imagenet"), &parsed.catalog.datasets()[1]);
  EXPECT_EQ(parsed.catalog.FindDataset("imagene"), nullptr);
}

TEST(CatalogTable, ShowsVariantsAndDatasets) {
  const auto table = [](std::string_view body) { return CatalogTable(ParseBody(body).catalog); };
  const std::string models = "models: [{name: m, variants: [{name: v, weights: 4Gi}]}]\n";
  const std::string datasets = "datasets: [{name: imagenet, source: s3://i, size: 120Gi}]\n";
  const std::string variants =
      "MODEL  VARIANT  PRECISION  DEVICES  MEMORY ON EACH  WEIGHTS  QUALITY  SPEED\n"
      "m      v        fp16             1         4.0 GiB  4.0 GiB        1      1\n";
  const std::string data =
      "DATASET   SOURCE       SIZE\n"
      "imagenet  s3://i  120.0 GiB\n";
  EXPECT_EQ(table(models), variants);
  EXPECT_EQ(table(datasets), data);
  EXPECT_EQ(table(models + datasets), variants + "\n" + data);
}

TEST(ParseCatalog, RefusesWhatIsNoCatalog) {
  const auto complaints = [](std::string_view text) {
    return Format(ParseCatalog(text).complaints, "f");
  };
  const std::string empty = "f:1:1: is empty, expected a map with apiVersion, kind, models\n";
  EXPECT_EQ(complaints(""), empty);
  EXPECT_EQ(complaints("# to come\n"), empty);
  EXPECT_EQ(complaints("apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\nmodels: []\n"),
            "f:2:7: kind: found \"BerthConfiguration\", expected ModelCatalog\n");
  EXPECT_EQ(complaints(std::string(kHeader) + "models: []\n---\n" + std::string(kHeader)),
            "f:5:1: a second document; a catalog is one document\n");
  EXPECT_EQ(complaints(std::string(kHeader) + "models: [{name: m\n"),
            "f:4:1: end of map flow not found\n");
  EXPECT_EQ(complaints(std::string((1U << 20) + 1, '#')), "f:1:1: the file is larger than 1Mi\n");
}

TEST(ParseCatalog, GivesNoCatalogWhereAnythingIsWrong) {
  const ParsedCatalog parsed = ParseBody(
      "models: [{name: a, variants: [{name: v, weights: 1Gi}]}, {name: b, variants: [{name: v}]}]");
  EXPECT_FALSE(parsed.ok());
  EXPECT_TRUE(parsed.catalog.models().empty());
  EXPECT_EQ(parsed.catalog.revision(), "");
}

TEST(ParseCatalog, ReportsAllMistakesAtOnceAndWhereTheyAre) {
  const ParsedCatalog parsed = ParseCatalog(ReadText("golden/config/catalog_mistakes.yaml"));
  EXPECT_FALSE(parsed.ok());
  EXPECT_TRUE(MatchesGolden(Format(parsed.complaints, "catalog_mistakes.yaml"),
                            "golden/config/catalog_mistakes.txt"));
}

TEST(ParseCatalog, ManyWarningsRefuseNothing) {
  std::string body = "models:\n";
  for (int i = 0; i < 150; ++i) {
    body += fmt::format(
        "- {{name: m{}, variants: [{{name: v, weights: 4Gi, deviceMemory: 1Gi}}]}}\n", i);
  }
  const ParsedCatalog parsed = ParseBody(body);
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.catalog.models().size(), 150U);
  ASSERT_EQ(parsed.complaints.size(), 101U);
  EXPECT_EQ(parsed.complaints.back().message, "and 50 more complaints");
}

TEST(ParseCatalog, StaysSmallOnHostileText) {
  std::string many = "v: &v [";
  for (int i = 0; i < 100'000; ++i) {
    many += "x,";
  }
  EXPECT_EQ(Complaints(many + "x]\nmodels: [{name: m, zones: *v, variants: *v}]\n"),
            ":1:1: unknown key \"v\"; known here: models, datasets, apiVersion, kind\n"
            ":1:4: models[0].variants: found 100001 variants, allowed are 32\n"
            ":1:4: models[0].zones: found 100001 items, allowed are 32\n");
}

TEST(Catalog, RevisionFollowsTheText) {
  const auto revision = [](std::string_view end) {
    return ParseBody(std::string("models: []") + std::string(end)).catalog.revision();
  };
  EXPECT_EQ(revision("\n").size(), std::string_view("fnv:0123456789abcdef").size());
  EXPECT_EQ(revision("\n"), revision("\n"));
  EXPECT_NE(revision("\n"), revision(" # edited\n"));
}

TEST(CatalogReference, IsTheGeneratedPage) {
  EXPECT_TRUE(MatchesGolden(CatalogReference(), "../docs/catalog.md"));
}

TEST(Examples, TheCatalogShowsEveryFieldAndIsSound) {
  const std::string text = ReadText("../examples/catalog.yaml");
  const ParsedCatalog parsed = ParseCatalog(text);
  EXPECT_EQ(Format(parsed.complaints, "examples/catalog.yaml"), "");
  EXPECT_EQ(parsed.catalog.models().size(), 6U);
  EXPECT_EQ(parsed.catalog.datasets().size(), 2U);
  const Model* const llama = parsed.catalog.Find("llama-3-8b");
  ASSERT_NE(llama, nullptr);
  EXPECT_EQ(llama->variants[0].memory, MiB{15317 + 16 * 1024 + 2048});
  for (const std::vector<SettingSpec>& specs :
       {SpecsOf(ModelSettings()), SpecsOf(VariantSettings()), SpecsOf(DatasetSettings())}) {
    for (const SettingSpec& spec : specs) {
      EXPECT_NE(text.find(fmt::format(" {}: ", spec.path)), std::string::npos) << spec.path;
    }
  }
}

}  // namespace
}  // namespace berth::config
