// What a pod itself says of nodes, judged as kube-scheduler's NodeAffinity and TaintToleration do.
#include "berth/kube/node_constraints.h"

#include <gtest/gtest.h>

#include <string>

#include "berth/kube/decoder.h"
#include "testing/case_name.h"

namespace berth::kube {
namespace {

// The node is "n-1" with these labels and, where a case names one, this taint.
constexpr std::string_view kLabels = R"({"pool": "gpu", "cores": "64", "empty": ""})";

struct Case {
  std::string name;
  std::string spec;   // of the pod, without braces
  std::string taint;  // of the node; empty: none
  bool want;
};
class NodeConstraintsTest : public testing::TestWithParam<Case> {};

std::string Padded(std::string text) {
  text.reserve(text.size() + kJsonPadding);
  return text;
}

TEST_P(NodeConstraintsTest, SayWhetherThePodMayRunThere) {
  Decoder decoder({.constraints = true});
  const std::string pod_text =
      Padded(R"({"metadata": {"name": "p"}, "spec": {)" + GetParam().spec + "}}");
  const std::string node_text =
      Padded(R"({"metadata": {"name": "n-1", "labels": )" + std::string(kLabels) +
             R"(}, "spec": {"taints": [)" + GetParam().taint + "]}}");
  const Result<PodObject> pod = decoder.Pod(pod_text);
  const Result<NodeObject> node = decoder.Node(node_text);
  ASSERT_TRUE(pod.ok() && node.ok());
  EXPECT_EQ(MayRunOn(pod->constraints, node->name, node->labels, node->taints), GetParam().want);
}

std::string Affinity(const std::string& terms) {
  return R"("affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
      {"nodeSelectorTerms": [)" +
         terms + "]}}}";
}
std::string Label(const std::string& expression) {
  return Affinity(R"({"matchExpressions": [{)" + expression + "}]}");
}
std::string Tolerates(const std::string& toleration) {
  return R"("tolerations": [{)" + toleration + "}]";
}

constexpr const char* kTaint = R"({"key": "team", "value": "ml", "effect": "NoSchedule"})";

INSTANTIATE_TEST_SUITE_P(
    Selector, NodeConstraintsTest,
    testing::Values(Case{"None", "", "", true},
                    Case{"Same", R"("nodeSelector": {"pool": "gpu"})", "", true},
                    Case{"Other", R"("nodeSelector": {"pool": "cpu"})", "", false},
                    Case{"Missing", R"("nodeSelector": {"zone": "a"})", "", false},
                    Case{"EmptyIsNotMissing", R"("nodeSelector": {"empty": ""})", "", true},
                    Case{"All", R"("nodeSelector": {"pool": "gpu", "cores": "32"})", "", false}),
    tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Affinity, NodeConstraintsTest,
    testing::Values(
        Case{"In", Label(R"("key": "pool", "operator": "In", "values": ["cpu", "gpu"])"), "", true},
        Case{"NotAmong", Label(R"("key": "pool", "operator": "In", "values": ["cpu"])"), "", false},
        Case{"NotIn", Label(R"("key": "pool", "operator": "NotIn", "values": ["gpu"])"), "", false},
        Case{"NotInWhatIsMissing", Label(R"("key": "zone", "operator": "NotIn", "values": ["a"])"),
             "", true},
        Case{"Exists", Label(R"("key": "pool", "operator": "Exists")"), "", true},
        Case{"ExistsNot", Label(R"("key": "zone", "operator": "Exists")"), "", false},
        Case{"DoesNotExist", Label(R"("key": "pool", "operator": "DoesNotExist")"), "", false},
        Case{"Greater", Label(R"("key": "cores", "operator": "Gt", "values": ["63"])"), "", true},
        Case{"NotGreater", Label(R"("key": "cores", "operator": "Gt", "values": ["64"])"), "",
             false},
        Case{"Less", Label(R"("key": "cores", "operator": "Lt", "values": ["65"])"), "", true},
        Case{"NoNumber", Label(R"("key": "pool", "operator": "Gt", "values": ["1"])"), "", false},
        Case{"NoOperator", Label(R"("key": "pool", "operator": "Like", "values": ["gpu"])"), "",
             false},
        Case{"OneTermIsEnough",
             Affinity(R"({"matchExpressions": [{"key": "zone", "operator": "Exists"}]},
                         {"matchExpressions": [{"key": "pool", "operator": "Exists"}]})"),
             "", true},
        Case{"AllOfATerm", Affinity(R"({"matchExpressions": [{"key": "zone", "operator": "Exists"},
                                        {"key": "pool", "operator": "Exists"}]})"),
             "", false},
        Case{"AnEmptyTermMatchesNothing", Affinity("{}"), "", false},
        Case{"Name", Affinity(R"({"matchFields": [{"key": "metadata.name", "operator": "In",
                                  "values": ["n-1"]}]})"),
             "", true},
        Case{"OtherName", Affinity(R"({"matchFields": [{"key": "metadata.name", "operator": "In",
                                       "values": ["n-2"]}]})"),
             "", false},
        Case{"OfPodsIsNotOfNodes",
             R"("affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
                [{"topologyKey": "zone"}]}})",
             "", true}),
    tests::CaseName);

INSTANTIATE_TEST_SUITE_P(
    Taints, NodeConstraintsTest,
    testing::Values(
        Case{"NotTolerated", "", kTaint, false},
        Case{"Tolerated", Tolerates(R"("key": "team", "value": "ml")"), kTaint, true},
        Case{"OfAnotherValue", Tolerates(R"("key": "team", "value": "web")"), kTaint, false},
        Case{"OfAnotherKey", Tolerates(R"("key": "pool", "operator": "Exists")"), kTaint, false},
        Case{"OfEveryValue", Tolerates(R"("key": "team", "operator": "Exists")"), kTaint, true},
        Case{"OfEveryKey", Tolerates(R"("operator": "Exists")"), kTaint, true},
        Case{"OfAnotherEffect",
             Tolerates(R"("key": "team", "operator": "Exists", "effect": "NoExecute")"), kTaint,
             false},
        Case{"OfAnUnknownOperator", Tolerates(R"("key": "team", "operator": "Gt", "value": "1")"),
             kTaint, false},
        Case{"NoExecuteCountsToo", "", R"({"key": "away", "effect": "NoExecute"})", false},
        Case{"APreferenceDoesNot", "", R"({"key": "busy", "effect": "PreferNoSchedule"})", true}),
    tests::CaseName);

TEST(Parts, AreLeftOutWhereNobodyWantsThem) {
  const std::string pod_text = Padded(
      R"({"metadata": {"name": "p", "creationTimestamp": "2026-11-24T05:20:31Z"}, "spec": {
          "nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}],)" +
      Affinity(R"({"matchExpressions": [{"key": "a", "operator": "Exists"}]})") + "}}");
  const std::string node_text = Padded(
      R"({"metadata": {"name": "n"}, "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}})");
  const Result<PodObject> pod = Decoder().Pod(pod_text);
  const Result<NodeObject> node = Decoder().Node(node_text);
  ASSERT_TRUE(pod.ok() && node.ok());
  EXPECT_EQ(pod->created, std::nullopt);
  EXPECT_EQ(pod->constraints, NodeConstraints());
  EXPECT_TRUE(node->taints.empty());
  const Result<PodObject> all = Decoder({.constraints = true, .created = true}).Pod(pod_text);
  ASSERT_TRUE(all.ok());
  EXPECT_TRUE(all->created.has_value());
  EXPECT_EQ(all->constraints.selector.size(), 1U);
  EXPECT_EQ(all->constraints.tolerations.size(), 1U);
  EXPECT_EQ(all->constraints.terms.size(), 1U);
}

}  // namespace
}  // namespace berth::kube
