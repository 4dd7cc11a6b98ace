#include "berth/inventory/node_selector.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "testing/case_name.h"

namespace berth::inventory {
namespace {

struct SelectorCase {
  std::string name;
  std::string terms;
  bool want = false;
};

class NodeSelectorTest : public testing::TestWithParam<SelectorCase> {};

// Of the node gpu-a with hostname a.example, zone z1 and 8 devices.
TEST_P(NodeSelectorTest, MatchesAsKubernetesDoes) {
  const std::map<std::string, std::string, std::less<>> labels = {
      {"kubernetes.io/hostname", "a.example"}, {"zone", "z1"}, {"gpus", "8"}};
  std::string text = R"({"nodeSelectorTerms": )" + GetParam().terms + "}";
  const std::size_t size = text.size();
  text.append(kube::kJsonPadding, '}');
  kube::Cursor json;
  ASSERT_TRUE(json.Open(std::string_view(text).substr(0, size)));
  NodeSelector selector;
  ASSERT_TRUE(DecodeNodeSelector(json, selector)) << json.failure().what;
  EXPECT_EQ(selector.Matches("gpu-a",
                             [&](std::string_view key) {
                               const auto at = labels.find(key);
                               return at == labels.end()
                                          ? std::nullopt
                                          : std::optional<std::string_view>(at->second);
                             }),
            GetParam().want);
}

std::string Term(const std::string& key, const std::string& op, const std::string& values) {
  return R"({"matchExpressions": [{"key": ")" + key + R"(", "operator": ")" + op +
         R"(", "values": )" + values + "}]}";
}

INSTANTIATE_TEST_SUITE_P(
    Rows, NodeSelectorTest,
    testing::Values(
        SelectorCase{
            "In", "[" + Term("kubernetes.io/hostname", "In", R"(["b", "a.example"])") + "]", true},
        SelectorCase{"NotAmong", "[" + Term("zone", "In", R"(["z2"])") + "]"},
        SelectorCase{"InOfAnAbsentLabel", "[" + Term("rack", "In", R"(["r1"])") + "]"},
        SelectorCase{"NotIn", "[" + Term("zone", "NotIn", R"(["z1"])") + "]"},
        SelectorCase{"NotInOfAnAbsentLabel", "[" + Term("rack", "NotIn", R"(["r1"])") + "]", true},
        SelectorCase{"Exists", "[" + Term("zone", "Exists", "null") + "]", true},
        SelectorCase{"DoesNotExist", "[" + Term("zone", "DoesNotExist", "[]") + "]"},
        SelectorCase{"Greater", "[" + Term("gpus", "Gt", R"(["4"])") + "]", true},
        SelectorCase{"Less", "[" + Term("gpus", "Lt", R"(["8"])") + "]"},
        SelectorCase{"NoNumber", "[" + Term("zone", "Gt", R"(["4"])") + "]"},
        SelectorCase{
            "AnyTerm",
            "[" + Term("zone", "In", R"(["z2"])") + "," + Term("zone", "In", R"(["z1"])") + "]",
            true},
        SelectorCase{"AllOfATerm", R"([{"matchExpressions": [
            {"key": "zone", "operator": "In", "values": ["z1"]},
            {"key": "gpus", "operator": "In", "values": ["4"]}]}])"},
        SelectorCase{"ByName", R"([{"matchFields": [
            {"key": "metadata.name", "operator": "In", "values": ["gpu-a"]}]}])",
                     true},
        SelectorCase{"NoTerms", "[]"}, SelectorCase{"EmptyTerm", "[{}]"}),
    tests::CaseName);

TEST(NodeSelectorDecoder, RefusesOperatorsAndFieldsThatItDoesNotKnow) {
  for (const std::string terms :
       {R"([{"matchExpressions": [{"key": "a", "operator": "Like"}]}])",
        R"([{"matchFields": [{"key": "spec.unschedulable", "operator": "Exists"}]}])"}) {
    std::string text = R"({"nodeSelectorTerms": )" + terms + "}";
    const std::size_t size = text.size();
    text.append(kube::kJsonPadding, ' ');
    kube::Cursor json;
    ASSERT_TRUE(json.Open(std::string_view(text).substr(0, size)));
    NodeSelector selector;
    EXPECT_FALSE(DecodeNodeSelector(json, selector)) << terms;
    EXPECT_TRUE(json.failure().path.starts_with("nodeSelectorTerms[0].match"))
        << json.failure().path;
  }
}

}  // namespace
}  // namespace berth::inventory
