#include "berth/config/document_kind.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "berth/config/yaml.h"
#include "testing/case_name.h"
#include "testing/golden.h"

namespace berth::config {
namespace {

struct Case {
  std::string name;
  std::string text;
  DocumentKind want;
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.text; }

class DetectKindTest : public ::testing::TestWithParam<Case> {};

TEST_P(DetectKindTest, ReadsTheFirstKindThatIsNamed) {
  EXPECT_EQ(Name(DetectKind(GetParam().text)), Name(GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(
    Texts, DetectKindTest,
    ::testing::Values(
        Case{"Empty", "", DocumentKind::kUnknown}, Case{"NoYaml", ": [", DocumentKind::kUnknown},
        Case{"OtherKind", "kind: Deployment\n", DocumentKind::kUnknown},
        Case{"NoKind", "a: 1\n", DocumentKind::kUnknown},
        Case{"Configuration", "apiVersion: berth.dev/v1alpha1\nkind: BerthConfiguration\n",
             DocumentKind::kBerthConfiguration},
        Case{"Catalog", "kind: ModelCatalog\nmodels: [{kind: Node}]\n",
             DocumentKind::kModelCatalog},
        Case{"Trace", "kind: Trace\n", DocumentKind::kTrace},
        Case{"QuotedWithComment", "\"kind\" : 'BerthConfiguration' # ours\r\n",
             DocumentKind::kBerthConfiguration},
        Case{"KubeScheduler", "kind: KubeSchedulerConfiguration",
             DocumentKind::kKubeSchedulerConfiguration},
        Case{"ListWithItsKindLast", "items:\n- kind: Secret\n  data: {}\nkind: List\n",
             DocumentKind::kCluster},
        Case{"SecondDocument", "# empty\n---\n---\nkind: Node\n", DocumentKind::kCluster},
        Case{"InsideABlockScalar", "a: |\n  x\n kind: Node\nkind: Pod\n", DocumentKind::kCluster},
        Case{"Json", R"({"items": [{"kind": "Secret"}], "x": "kind", "kind": "PodList"})",
             DocumentKind::kCluster},
        Case{"JsonArray", R"( [{"kind": "Node"}])", DocumentKind::kCluster},
        Case{"FlowStyle", "{apiVersion: v1, kind: Node}", DocumentKind::kCluster},
        Case{"JsonKindIsNoString", R"({"kind": {"kind": "Node"}})", DocumentKind::kUnknown},
        Case{"JsonCutOff", R"({"kind": "No)", DocumentKind::kUnknown}),
    berth::tests::CaseName);

TEST(DetectKind, TellsTheExamplesApart) {
  const std::string cluster = tests::ReadText("../examples/cluster.yaml");
  EXPECT_EQ(Name(DetectKind(cluster)), "Cluster");
  EXPECT_EQ(Name(DetectKind(tests::ReadText("../examples/berth.yaml"))), "BerthConfiguration");
  EXPECT_EQ(Name(DetectKind(tests::ReadText("../examples/catalog.yaml"))), "ModelCatalog");
  EXPECT_EQ(Name(DetectKind(tests::ReadText("../examples/trace.yaml"))), "Trace");
  const Result<std::string> json = YamlToJson(cluster);
  ASSERT_TRUE(json.ok()) << json.error().message;
  EXPECT_EQ(Name(DetectKind(*json)), "Cluster");  // the same file as JSON
}

}  // namespace
}  // namespace berth::config
